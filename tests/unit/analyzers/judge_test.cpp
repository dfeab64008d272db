#include "analyzers/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/analyzers/scene_time.h"

namespace gs::analyzers {
namespace {

using core::Action;
using core::AgentId;
using core::Finding;
using core::Identity;
using core::Instant;
using core::Rule;
using core::Seconds;
using core::Severity;
using core::StreamId;
using testing::ElementsAre;
using testing::IsEmpty;

core::AgentSpec agent(const char* name, std::vector<std::string> files) {
  return {*AgentId::parse(name), "", std::move(files), {}};
}

core::Policy scoped_policy() {
  core::Policy policy;
  policy.streams = {
      {StreamId("E"), "Models", core::Parallel::partial, {}, {agent("E1", {"models/*.py"})}},
      {StreamId("F"),
       "LLM",
       core::Parallel::partial,
       {},
       {agent("F1", {"llm/sentiment*.py"}),
        agent("F2", {"llm/news*.py", "llm/sentiment_news.py"})}},
  };
  policy.shared = {"tests/**"};
  policy.protect = {".streams.yaml"};
  return policy;
}

Identity as(const char* name) {
  const auto id = *AgentId::parse(name);
  return {scoped_policy().stream_of(id)->id, id, Identity::Source::environment};
}

core::Lock lock(const char* path, const char* holder, Seconds left, const char* task = "") {
  return {path, holder, "F", kNow - Seconds{60}, kNow + left, task, 1, false};
}

core::Verdict ask(const Identity& who, std::vector<std::string> paths,
                  const core::LockTable& locks = {}, const core::Policy& rules = scoped_policy()) {
  core::ChangeSet changes;
  for (auto& path : paths) changes.push_back({path, {}, {}, core::mode::none, core::mode::file});
  return judge({changes, rules, locks, who, kNow, [](Instant) { return Seconds{3600}; }, false});
}

TEST(Judge, LetsAnAgentWorkInItsScopeAndInWhatIsShared) {
  const auto verdict = ask(as("F1"), {"llm/sentiment.py", "tests/test_llm.py"});
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_THAT(verdict.to_lock, IsEmpty());
}

TEST(Judge, NamesTheOwnerOfAForeignPath) {
  EXPECT_THAT(ask(as("F1"), {"llm/news.py"}).findings,
              ElementsAre(Finding{Rule::scope, Severity::block, "llm/news.py", 0,
                                  "belongs to agent-F2 (stream F)", ""}));
}

TEST(Judge, AllowsAPathThatIsInSeveralScopesToEachOwner) {
  EXPECT_THAT(ask(as("F1"), {"llm/sentiment_news.py"}).findings, IsEmpty());
  EXPECT_THAT(ask(as("F2"), {"llm/sentiment_news.py"}).findings, IsEmpty());
  EXPECT_EQ(ask(as("E1"), {"llm/sentiment_news.py"}).findings.at(0).message,
            "belongs to agent-F1 (stream F), agent-F2 (stream F)");
}

TEST(Judge, GivesAStreamTheScopeOfAllItsAgents) {
  const Identity stream{StreamId("F"), std::nullopt, Identity::Source::branch};
  EXPECT_THAT(ask(stream, {"llm/sentiment.py", "llm/news.py"}).findings, IsEmpty());
  EXPECT_TRUE(ask(stream, {"models/risk.py"}).blocks());
}

TEST(Judge, ProtectsFromStreamsButNotFromOutsiders) {
  EXPECT_EQ(ask(as("F1"), {".streams.yaml"}).findings.at(0).rule, Rule::protected_path);
  EXPECT_THAT(ask({}, {".streams.yaml", "llm/news.py"}).findings, IsEmpty());
}

TEST(Judge, ShowsHolderTimeTaskAndTheCommandThatWaits) {
  const auto verdict = ask(
      as("F1"), {"llm/sentiment.py"},
      {lock("llm/sentiment.py", "agent-F2", Seconds{35 * 60}, "Consolidate sentiment to package")});
  EXPECT_THAT(
      verdict.findings,
      ElementsAre(Finding{Rule::lock, Severity::block, "llm/sentiment.py", 0,
                          "held by agent-F2 until 11:40 (35 min): Consolidate sentiment to package",
                          "git stream lock --wait 40m llm/sentiment.py"}));
}

TEST(Judge, PassesOverOwnAndExpiredLocks) {
  EXPECT_THAT(
      ask(as("F1"), {"llm/sentiment.py"}, {lock("llm/sentiment.py", "F1", Seconds{60})}).findings,
      IsEmpty());
  EXPECT_THAT(
      ask(as("F1"), {"llm/sentiment.py"}, {lock("llm/sentiment.py", "agent-F2", Seconds{0})})
          .findings,
      IsEmpty());
}

TEST(Judge, HoldsOutsidersToLocks) {
  EXPECT_TRUE(ask({}, {"llm/news.py"}, {lock("llm/news*.py", "agent-F2", Seconds{60})}).blocks());
}

TEST(Judge, AsksForLocksOnWhatNobodyOwns) {
  EXPECT_THAT(ask(as("F1"), {"setup.py"}).to_lock, ElementsAre("setup.py"));
  EXPECT_THAT(ask(as("F1"), {"setup.py"}, {lock("setup.py", "agent-F1", Seconds{60})}).to_lock,
              IsEmpty());
  EXPECT_TRUE(ask(as("F1"), {"setup.py"}, {lock("setup.py", "agent-E1", Seconds{60})}).blocks());
  EXPECT_THAT(ask({}, {"setup.py"}).to_lock, IsEmpty());
}

TEST(Judge, WantsAnExplicitLockWhereNoneIsTakenByItself) {
  core::Policy manual = scoped_policy();
  manual.lock_auto = false;
  const auto verdict = ask(as("F1"), {"zzz.py", "setup.py"}, {}, manual);
  EXPECT_THAT(verdict.to_lock, IsEmpty());
  ASSERT_EQ(verdict.findings.size(), 2U);
  EXPECT_EQ(verdict.findings[0].rule, Rule::unowned);
  EXPECT_EQ(verdict.findings[0].hint, "git stream lock setup.py");  // in path order
}

TEST(Judge, FollowsTheRulesActions) {
  core::Policy rules = scoped_policy();
  rules.rules.scope = Action::warn;
  rules.rules.lock = Action::off;
  rules.rules.unowned = core::Unowned::block;
  rules.rules.outsider = core::Outsider::warn;
  const auto verdict =
      ask(as("F1"), {"llm/news.py", "setup.py"}, {lock("llm/news.py", "F2", Seconds{60})}, rules);
  ASSERT_EQ(verdict.findings.size(), 2U);
  EXPECT_EQ(verdict.findings[0].severity, Severity::warn);
  EXPECT_EQ(verdict.findings[1].rule, Rule::unowned);
  EXPECT_EQ(verdict.findings[1].severity, Severity::block);
  EXPECT_FALSE(ask({}, {"x.py"}, {}, rules).blocks());
  EXPECT_EQ(ask({}, {"x.py"}, {}, rules).findings.at(0).rule, Rule::outsider);
  rules.rules.scope = Action::off;
  EXPECT_THAT(ask(as("F1"), {"llm/news.py"}, {}, rules).findings, IsEmpty());
}

}  // namespace
}  // namespace gs::analyzers
