// A commit that was made with GIT_STREAM_BYPASS, at the push: it is not stopped again, and nothing
// else goes through on it.

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPush[] = "git push -q origin HEAD";
constexpr char kReason[] = "GIT_STREAM_BYPASS=agreed with Ada";

struct BypassedPush : testing::Test {
  PushScene repo;
  Place f2 = repo.enrolled("F2", kNewsBranch);
  Place person = f2.with(kReason);

  void SetUp() override { ASSERT_TRUE(person.commit("models/risk.py").moved); }
  static std::string head(const Place& place) {
    return place.must("git rev-parse HEAD | tr -d '\\n'");
  }
  void expect_stopped(const Said& said, const std::string& why) const {
    EXPECT_EQ(said.status, 1) << why;
    EXPECT_THAT(said.errors, HasSubstr("push blocked for ")) << why;
  }
};

TEST_F(BypassedPush, GoesThroughWithItsReason) {
  const Said said = f2.sh(kPush);
  EXPECT_EQ(said.status, 0) << said.errors;
  EXPECT_EQ(said.errors, "git-stream: " + head(f2).substr(0, 10) +
                             " was made with a bypass by agent-F2: agreed with Ada\n");
  EXPECT_THAT(repo.log("--action pushed"), HasSubstr("bypass=agreed with Ada"));
  EXPECT_THAT(f2.commit("llm/news.py"), Commits());
  EXPECT_THAT(f2.sh(kPush), Silent()) << "it is over there by now";
}

TEST_F(BypassedPush, HoweverTheCommitWasMade) {
  f2.must("git push -q origin HEAD 2>&1");
  const std::string ways[] = {
      "echo a=2 >models/risk.py; git commit -q -n -a -m m",
      "echo a=3 >models/risk.py; git commit -q -a --amend -m m",
      "git revert --no-edit HEAD",
      "git checkout -q -b feature/stream-F-b HEAD~; git cherry-pick -n -",
  };
  for (const std::string& way : ways) {
    ASSERT_EQ(person.sh(way + "; git diff --cached --quiet || git commit -q -m again").status, 0)
        << way;
    const Said said = f2.sh("git push -q -f origin HEAD");
    EXPECT_EQ(said.status, 0) << way << said.errors;
    EXPECT_THAT(said.errors, HasSubstr("agreed with Ada")) << way;
  }
}

TEST_F(BypassedPush, ByTheStreamsNameAndByAnotherAgentOfIt) {
  EXPECT_EQ(repo.owner().sh("git push -q origin " + std::string(kNewsBranch)).status, 0);
  const Place f1 = repo.enrolled("F1", "feature/stream-F-more");
  f1.must("git merge -q " + std::string(kNewsBranch));
  EXPECT_EQ(f1.sh(kPush).status, 0) << "F2 had a reason for its commit";
}

TEST_F(BypassedPush, NoOtherCommitGoesThroughOnIt) {
  const std::string message = f2.must("git log -1 --format=%B");
  f2.must("git push -q origin HEAD 2>&1");
  f2.write("models/risk.py", "other = 1\n");
  f2.unjudged("commit -a -m " + word(message));
  expect_stopped(f2.sh(kPush), "the same message");
  f2.unjudged("reset --hard HEAD~");
  f2.write("models/risk2.py", "other = 1\n");
  f2.must("git add .");
  f2.unjudged("commit -m 'Bypass: agreed with Ada' -m 'GIT_STREAM_BYPASS: agreed with Ada'");
  expect_stopped(f2.sh(kPush), "a trailer is no reason");
}

TEST_F(BypassedPush, ARewrittenCommitNeedsItsOwnReason) {
  f2.unjudged("commit --amend -m Amended");
  expect_stopped(f2.sh(kPush), "amended, unjudged");
  f2.unjudged("reset --hard HEAD@{1}");
  EXPECT_EQ(f2.sh(kPush).status, 0);
  f2.must("git commit -q --amend -m Amended");
  expect_stopped(f2.sh("git push -q -f origin HEAD"), "amended");
  EXPECT_EQ(person.sh("git push -q -f origin HEAD").status, 0);
}

TEST_F(BypassedPush, ARebasedCommitNeedsItsOwnReason) {
  repo.owner().must(
      "echo 1 >README; git add README; git commit -q -m r; git push -q origin develop");
  f2.must("git rebase -q develop");
  expect_stopped(f2.sh(kPush), "rebased");
  EXPECT_EQ(person.sh(kPush).status, 0);
}

TEST_F(BypassedPush, SomebodyElsesReasonIsNone) {
  // F1 takes a commit over with a reason that F2 made without any.
  f2.must("git push -q origin HEAD 2>&1");
  f2.write("models/risk.py", "other = 1\n");
  f2.unjudged("commit -a -m m");
  const Place f1 = repo.enrolled("F1", "feature/stream-F-more");
  ASSERT_EQ(f1.with(kReason).sh("git merge -q " + std::string(kNewsBranch)).status, 0);
  expect_stopped(f2.sh(kPush), "F2 gave no reason for it");
}

TEST_F(BypassedPush, ALockThatWasTakenSinceStopsIt) {
  const Place e1 = repo.enrolled("E1", "feature/stream-E-a");
  e1.must("git stream lock models/risk.py --task Mine >/dev/null");
  repo.owner().must(
      "sed -i 's/\"acquired\": \"[^\"]*\"/\"acquired\": \"2099-01-01T00:00:00Z\"/' "
      ".claude/state/file_locks.json");
  const Said said = f2.sh(kPush);
  expect_stopped(said, "a lock");
  EXPECT_THAT(said.errors, HasSubstr("models/risk.py: lock: held by agent-E1"));
  EXPECT_THAT(said.errors, Not(HasSubstr("scope"))) << "that was bypassed";
}

TEST_F(BypassedPush, ALockThatWasBypassedStopsNothingAgain) {
  f2.must("git push -q origin HEAD 2>&1");
  repo.owner().must("git stream lock docs/guide.md --task Mine >/dev/null");
  EXPECT_THAT(f2.commit("docs/guide.md"), Not(Commits()));
  ASSERT_TRUE(person.sh("git commit -q -m m").moved);
  const Said said = f2.sh(kPush);
  EXPECT_EQ(said.status, 0) << said.errors;
}

TEST_F(BypassedPush, TheReasonMustBeInTheLogAndTheRecord) {
  repo.owner().must("sed -i /bypass/d .claude/state/agent_activity.jsonl");
  expect_stopped(f2.sh(kPush), "nobody knows why");
}

TEST_F(BypassedPush, NotAfterHooksThatWereOff) {
  f2.must("git push -q origin HEAD 2>&1");
  f2.write("models/risk.py", "other = 1\n");
  person.unjudged("commit -a -m m");
  expect_stopped(f2.sh(kPush), "no gate let it through");
}

TEST_F(BypassedPush, AServerKnowsNoReasons) {
  repo.server().must("git stream install --server");
  const Said said = f2.sh(kPush);
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("remote: git-stream: push blocked for"));
  EXPECT_EQ(repo.at_server(kNewsBranch), "");
}

TEST_F(BypassedPush, WhereAPolicyForbidsItNothingIsRecorded) {
  repo.set_policy(two_streams("rules: {bypass: block}\n"));
  EXPECT_FALSE(person.commit("models/risk2.py").moved);
  EXPECT_EQ(f2.sh("git reset -q --hard; " + std::string(kPush)).status, 0)
      << "a later policy revokes nothing";
}

}  // namespace
}  // namespace gs::test
