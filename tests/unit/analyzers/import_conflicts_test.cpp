#include "analyzers/import_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/analyzers/scene_time.h"

namespace gs::analyzers {
namespace {

using core::Action;
using core::AgentId;
using core::AgentSpec;
using core::ConflictKind;
using core::ConflictLevel;
using core::Finding;
using core::Identity;
using core::ImportConflict;
using core::ImportEdge;
using core::Instant;
using core::Seconds;
using core::StreamId;
using testing::IsEmpty;
using testing::SizeIs;

AgentId id(const char* name) {
  return *AgentId::parse(name);
}

core::Policy waiting_policy() {
  core::Policy policy;
  policy.streams = {
      {StreamId("E"),
       "Models",
       core::Parallel::partial,
       {},
       {{id("E1"), "", {"models/risk_manager.py"}, {}},
        {id("E2"), "", {"models/volatility_*.py"}, {id("E1"), id("F1")}}}},
      {StreamId("F"),
       "LLM",
       core::Parallel::partial,
       {},
       {{id("F1"), "", {"llm/sentiment*.py"}, {}}, {id("F2"), "", {"llm/news*.py"}, {}}}},
  };
  policy.tasks = {{"Old work", "", "completed", StreamId("F"), id("F1")},
                  {"Never mind", "", "cancelled", StreamId("F"), id("F1")},
                  {"Sentiment consolidation", "", "todo", StreamId("F"), id("F1")},
                  {"Risk limits", "", "in_progress", StreamId("E"), id("E1")}};
  return policy;
}

Identity working_as(const char* agent) {
  const core::Policy rules = waiting_policy();
  return {rules.stream_of(id(agent))->id, id(agent), Identity::Source::environment};
}

ImportEdge edge(const char* path, const char* target_path, std::vector<std::string> names = {},
                std::uint32_t line = 3) {
  ImportEdge edge;
  edge.path = path;
  edge.line = line;
  edge.target = target_path;
  edge.target_path = target_path;
  edge.names = std::move(names);
  edge.internal = true;
  return edge;
}

core::Lock lock(const char* path, const char* holder, const char* task = "") {
  return {path, holder, "F", kNow - Seconds{60}, kNow + Seconds{35 * 60}, task, 1, false};
}

struct Situation {
  core::LockTable locks = {};
  std::vector<ConcurrentChanges> elsewhere = {};
  std::vector<AgentId> done = {};
};

std::vector<ImportConflict> ask(const Identity& who, const std::vector<ImportEdge>& edges,
                                const Situation& situation) {
  return import_conflicts({edges, waiting_policy(), situation.locks, who, situation.elsewhere,
                           situation.done, kNow, [](Instant) { return Seconds{3600}; }, false});
}

ConcurrentChanges changed(const char* path, const char* stream = "F") {
  return {StreamId(stream),
          core::BranchName(std::string("feature/stream-") + stream + "-x"),
          path,
          false,
          {}};
}

const std::vector<ImportEdge> kNews{edge("llm/news_analyzer.py", "llm/sentiment.py", {"score"})};

TEST(ImportConflicts, NameTheHolderOfALock) {
  const auto found = ask(working_as("F2"), kNews,
                         {{lock("llm/sentiment.py", "agent-F1", "Consolidate sentiment")}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0],
            (ImportConflict{ConflictKind::locked, ConflictLevel::medium, "llm/news_analyzer.py", 3,
                            "llm/sentiment.py", "llm/sentiment.py", "agent-F1",
                            "imports from llm/sentiment.py - agent-F1 has lock "
                            "until 11:40 (35 min): Consolidate sentiment",
                            "git stream lock --wait 40m llm/sentiment.py"}));
}

TEST(ImportConflicts, CountAnyOtherHoldersLiveLock) {
  EXPECT_THAT(ask(working_as("F2"), kNews, {{lock("llm/sentiment.py", "agent-F2")}}), IsEmpty());
  EXPECT_THAT(ask(working_as("F2"), kNews, {{lock("llm/sentiment.py", "F2")}}), IsEmpty());
  EXPECT_EQ(ask(working_as("F2"), kNews, {{lock("llm/", "F1")}}).at(0).other_agent, "agent-F1");
  EXPECT_EQ(ask(working_as("F2"), kNews, {{lock("llm/*.py", "stream-F")}}).at(0).other_agent,
            "stream-F");
  core::Lock expired = lock("llm/sentiment.py", "agent-F1");
  expired.expires = kNow;
  EXPECT_THAT(ask(working_as("F2"), kNews, {{expired}}), IsEmpty());
  const Identity stream{StreamId("F"), std::nullopt, Identity::Source::branch};
  EXPECT_THAT(ask(stream, kNews, {{lock("llm/sentiment.py", "agent-F1")}}), SizeIs(1));
  EXPECT_THAT(ask(stream, kNews, {{lock("llm/sentiment.py", "stream-F")}}), IsEmpty());
}

TEST(ImportConflicts, SayWhatAnotherStreamHasChanged) {
  const auto found =
      ask(working_as("E1"), {edge("models/risk_manager.py", "llm/sentiment.py", {"score"})},
          {{}, {changed("llm/other.py"), changed("llm/sentiment.py")}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].kind, ConflictKind::changed);
  EXPECT_EQ(found[0].level, ConflictLevel::medium);
  EXPECT_EQ(found[0].other_agent, "agent-F1");
  EXPECT_EQ(found[0].sentence(),
            "models/risk_manager.py imports from llm/sentiment.py - changed on feature/stream-F-x "
            "(agent-F1): Sentiment consolidation");
  EXPECT_EQ(found[0].hint, "git diff HEAD...feature/stream-F-x -- llm/sentiment.py");
}

TEST(ImportConflicts, NameTheStreamWhereNoAgentOwnsThePath) {
  const auto found = ask(working_as("E1"), {edge("models/risk_manager.py", "llm/tools.py")},
                         {{}, {changed("llm/tools.py")}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].other_agent, "stream-F");
  EXPECT_EQ(found[0].sentence(),
            "models/risk_manager.py imports from llm/tools.py - changed on feature/stream-F-x "
            "(stream-F): Sentiment consolidation");
}

TEST(ImportConflicts, PassOverWhatTheOwnStreamHasChanged) {
  EXPECT_THAT(ask(working_as("F2"), kNews, {{}, {changed("llm/sentiment.py")}}), IsEmpty());
}

TEST(ImportConflicts, AreHighWhereTheFileOrTheNameIsGone) {
  ConcurrentChanges gone = changed("llm/sentiment.py"), names = gone;
  gone.gone = true;
  names.gone_names = {"rate", "score", "unused"};
  const std::vector<ImportEdge> edges{
      edge("models/risk_manager.py", "llm/sentiment.py", {"score", "kept", "rate"})};
  auto found = ask(working_as("E1"), edges, {{}, {gone}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].kind, ConflictKind::gone);
  EXPECT_EQ(found[0].level, ConflictLevel::high);
  EXPECT_EQ(found[0].sentence(),
            "models/risk_manager.py imports from llm/sentiment.py - removed on feature/stream-F-x "
            "(agent-F1): Sentiment consolidation");
  found = ask(working_as("E1"), edges, {{}, {names}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].level, ConflictLevel::high);
  EXPECT_EQ(found[0].sentence(),
            "models/risk_manager.py imports score, rate from llm/sentiment.py - gone on "
            "feature/stream-F-x (agent-F1): Sentiment consolidation");
  found = ask(working_as("E1"), {edge("models/risk_manager.py", "llm/sentiment.py", {"kept"})},
              {{}, {names}});
  EXPECT_EQ(found.at(0).kind, ConflictKind::changed);
}

TEST(ImportConflicts, AreHighBeforeAnAgentIsDoneThatComesFirst) {
  const std::vector<ImportEdge> edges{
      edge("models/volatility_surface.py", "models/risk_manager.py")};
  const auto found = ask(working_as("E2"), edges, {});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].kind, ConflictKind::after);
  EXPECT_EQ(found[0].level, ConflictLevel::high);
  EXPECT_EQ(found[0].other_agent, "agent-E1");
  EXPECT_EQ(
      found[0].sentence(),
      "models/volatility_surface.py depends on models/risk_manager.py - agent-E1 in progress: "
      "Risk limits");
  EXPECT_THAT(ask(working_as("E2"), edges, {{}, {}, {id("E1")}}), IsEmpty());
  EXPECT_THAT(ask(working_as("E1"), edges, {}), IsEmpty());
  const Identity stream{StreamId("E"), std::nullopt, Identity::Source::branch};
  EXPECT_THAT(ask(stream, edges, {}), IsEmpty());
}

TEST(ImportConflicts, MergeIntoTheWorstOfEachOtherAgent) {
  ConcurrentChanges gone = changed("llm/sentiment.py");
  gone.gone_names = {"score"};
  const Situation situation{{lock("llm/sentiment.py", "agent-F2")}, {gone}};
  const auto found = ask(working_as("E2"),
                         {edge("models/volatility_a.py", "llm/sentiment.py", {"kept"}, 3),
                          edge("models/volatility_b.py", "llm/sentiment.py", {"kept"}, 4),
                          edge("models/volatility_a.py", "llm/sentiment.py", {"score"}, 9)},
                         situation);
  ASSERT_THAT(found, SizeIs(4));
  EXPECT_EQ(found[0].other_agent, "agent-F1");  // `after` beats `changed`, `gone` beats both
  EXPECT_EQ(found[0].kind, ConflictKind::gone);
  EXPECT_EQ(found[0].line, 9U);
  EXPECT_EQ(found[1].other_agent, "agent-F2");
  EXPECT_EQ(found[1].kind, ConflictKind::locked);
  EXPECT_EQ(found[1].line, 3U);
  EXPECT_EQ(found[2].path, "models/volatility_b.py");
  EXPECT_EQ(found[2].kind, ConflictKind::after);
  EXPECT_EQ(found[3].kind, ConflictKind::locked);
}

TEST(ImportConflicts, AreNoneForOutsidersNorForWhatIsNoFile) {
  const Situation situation{{lock("llm/sentiment.py", "agent-F1"), lock("", "agent-F1")},
                            {changed("llm/sentiment.py")}};
  EXPECT_THAT(ask({}, kNews, situation), IsEmpty());
  ImportEdge beyond = kNews[0];
  beyond.beyond_top = true;
  EXPECT_THAT(ask(working_as("F2"), {beyond, edge("llm/news.py", "")}, situation), IsEmpty());
}

TEST(ImportConflicts, QuoteOddPaths) {
  const auto found = ask(working_as("F2"), {edge("llm/news\n.py", "llm/sentiment a.py")},
                         {{lock("llm/sentiment a.py", "agent-F1")}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_TRUE(
      found[0].sentence().starts_with("\"llm/news\\n.py\" imports from llm/sentiment a.py - "))
      << found[0].sentence();
  EXPECT_EQ(found[0].hint, "git stream lock --wait 40m 'llm/sentiment a.py'");
  EXPECT_TRUE(as_finding(found[0], Action::warn)->message.starts_with("imports from "));
}

TEST(ImportConflicts, BecomeFindings) {
  const auto found = ask(working_as("F2"), kNews, {{lock("llm/sentiment.py", "agent-F1")}});
  EXPECT_EQ(as_finding(found.at(0), Action::warn),
            (Finding{core::Rule::import_conflict, core::Severity::warn, "llm/news_analyzer.py", 3,
                     "imports from llm/sentiment.py - agent-F1 has lock until 11:40 (35 min)",
                     "git stream lock --wait 40m llm/sentiment.py"}));
  EXPECT_EQ(as_finding(found.at(0), Action::block)->severity, core::Severity::block);
  EXPECT_FALSE(as_finding(found.at(0), Action::off));
}

}  // namespace
}  // namespace gs::analyzers
