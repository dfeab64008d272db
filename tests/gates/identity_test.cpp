// Who commits: the environment, the worktree's own record, the branch; else an outsider.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Identity, TheWorktreesRecordStaysInIt) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), e1 = repo.agent("E1");
  EXPECT_THAT(e1.commit("models/risk.py"), Commits());
  EXPECT_THAT(f1.commit("models/risk.py", "mine = 1\n"), Blocks(kF1, kRisk));
  EXPECT_THAT(repo.owner().commit("models/other.py"), Commits()) << "the owner has no identity";
  EXPECT_THAT(repo.git({"config", "--list"}), Not(HasSubstr("stream")));
}

TEST(Identity, TwoAgentsShareAWorktree) {
  const StreamRepo repo;
  const Place shared = repo.worktree("both", "both");
  const Place f1 = shared.with("GIT_STREAM_AGENT=agent-F1"),
              f2 = shared.with("GIT_STREAM_AGENT=F2");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f1.commit("llm/news.py"), Blocks(kF1, kNews));
  EXPECT_THAT(f2.sh("git commit -q -m m"), Commits());
}

TEST(Identity, TheEnvironmentOnlyNarrowsTheRecord) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const char* other : {"E1", "F2", "agent-E1"}) {
    const Said said =
        f1.with(std::string("GIT_STREAM_AGENT=") + other).commit("llm/sentiment.py", other);
    EXPECT_THAT(said, Complains(1, "but this worktree is agent-F1's")) << other;
    EXPECT_THAT(said.errors, HasSubstr("  next: unset GIT_STREAM_AGENT\n"));
    EXPECT_FALSE(said.moved);
  }
  EXPECT_THAT(f1.with("GIT_STREAM_AGENT=agent-F1").sh("git commit -q -m m"), Commits());
  f1.write("llm/sentiment.py", "again = True\n");
  f1.must("git add -A");
  EXPECT_THAT(f1.with("GIT_STREAM_AGENT=").sh("git commit -q -m m"), Commits())
      << "an empty variable says nothing";
}

TEST(Identity, AnUnknownAgentIsBlockedWithTheNearestName) {
  const StreamRepo repo;
  const Place place = repo.worktree("x", "x").with("GIT_STREAM_AGENT=agent-F11");
  const Said said = place.commit("docs/guide.md");
  EXPECT_THAT(said, Complains(1, "GIT_STREAM_AGENT: no agent 'agent-F11' in the policy"));
  EXPECT_THAT(said.errors, HasSubstr("did you mean 'F1'?"));
  EXPECT_FALSE(said.moved);
  EXPECT_EQ(place.sh("git hook run pre-commit").status, 3);
}

TEST(Identity, AnAgentWithControlCharacters) {
  const StreamRepo repo;
  const Place place = repo.worktree("x", "x").with("GIT_STREAM_AGENT=F1\x1b[31m\nF2");
  const Said said = place.commit("llm/sentiment.py");
  EXPECT_THAT(said, Complains(1, "no agent 'F1?[31m?F2' in the policy"));
  EXPECT_FALSE(said.moved);
}

TEST(Identity, AnAgentThatIsAPath) {
  const StreamRepo repo;
  const Place place = repo.worktree("x", "x").with("GIT_STREAM_AGENT=../../F1");
  EXPECT_THAT(place.commit("llm/sentiment.py"), Complains(1, "no agent '../../F1'"));
}

TEST(Identity, ByTheBranchAlone) {
  const StreamRepo repo;
  const Place f = repo.worktree("f", "feature/stream-F-llm");
  EXPECT_THAT(f.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f.commit("llm/news.py"), Commits()) << "the scope of all agents of the stream";
  EXPECT_THAT(f.commit("models/risk.py"), Blocks("stream F", kRisk));
  EXPECT_THAT(f.sh("git rm -q --cached models/risk.py; git checkout -q -b feature/stream-G-none;"
                   "git commit -q -m m"),
              Silent())
      << "there is no stream G: an outsider";
}

TEST(Identity, AStreamsWorktree) {
  const StreamRepo repo;
  const Place f = repo.worktree("f", "whatever");
  EXPECT_THAT(f.must("git stream install --stream F"), HasSubstr("as stream F\n"));
  EXPECT_THAT(f.commit("llm/news.py"), Commits());
  EXPECT_THAT(f.commit("models/risk.py"), Blocks("stream F", kRisk));
}

TEST(Identity, AScratchBranchIsNoExcuse) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git checkout -q -b feature/stream-E-mine");
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk)) << "the record beats the branch";
}

TEST(Identity, AnAgentThatThePolicyDropped) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  std::string policy = two_streams();
  policy.replace(policy.find("F1:"), 3, "F9:");
  repo.set_policy(policy);
  const Said said = f1.commit("llm/sentiment.py");
  EXPECT_THAT(said, Complains(1, "this worktree's enrolment: no agent 'F1' in the policy"));
  EXPECT_FALSE(said.moved);
  repo.owner().must("git stream install --agent F9 ../F1");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
}

TEST(Identity, ADamagedRecordBlocks) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const std::string record :
       {"", "agent ../x\n", "agent \x1b[31m\n", "rubbish", "stream F/../\n"}) {
    repo.write(".git/worktrees/F1/stream/identity", record);
    const Said said = f1.commit("llm/sentiment.py", record + "\n");
    EXPECT_THAT(said, Complains(1, "worktrees/F1/stream/identity is damaged")) << record;
    EXPECT_FALSE(said.moved);
  }
  EXPECT_EQ(f1.sh("git stream install --agent F1").status, 1);
  repo.owner().must("git stream install --agent F1 ../F1");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
}

TEST(Identity, OutsidersPassByDefaultButForLocks) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock llm/sentiment.py");
  EXPECT_THAT(repo.owner().commit("models/risk.py"), Commits());
  EXPECT_THAT(repo.owner().commit("misc/new.py"), Commits());
  EXPECT_THAT(repo.owner().commit("llm/sentiment.py"),
              Blocks(kOwner, Findings{"llm/sentiment.py: lock: held by agent-F1 until TIME"}));
}

TEST(Identity, OutsidersCanBeWarned) {
  const StreamRepo repo(two_streams("rules: {outsider: warn}\n"));
  const Said said = repo.owner().commit("models/risk.py");
  EXPECT_TRUE(said.moved);
  EXPECT_EQ(said.output, "");
  EXPECT_EQ(said.errors,
            "git-stream: warnings for Ada Lovelace (owner)\n"
            "  models/risk.py: warning: outsider: this worktree belongs to no stream\n"
            "    next: git stream install --agent AGENT\n");
}

TEST(Identity, OutsidersCanBeBlocked) {
  const StreamRepo repo(two_streams("rules: {outsider: block}\n"));
  EXPECT_THAT(
      repo.owner().commit("models/risk.py"),
      Blocks(kOwner, Findings{"models/risk.py: outsider: this worktree belongs to no stream"}));
  EXPECT_THAT(repo.agent("E1").commit("models/risk.py"), Commits());
}

TEST(Bypass, LetsAPersonThroughAndIsLogged) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1").with("GIT_STREAM_BYPASS=hot fix for \x1b[31m#12");
  const Said said = f1.commit("models/risk.py");
  EXPECT_TRUE(said.moved);
  EXPECT_EQ(said.output, "");
  EXPECT_EQ(said.errors, "git-stream: bypassed for agent-F1 (stream F): hot fix for ?[31m#12\n");
  const std::string log = repo.log("--action bypassed");
  EXPECT_THAT(log, HasSubstr("agent-F1   bypassed   gate=pre-commit models/risk.py: scope"));
  EXPECT_THAT(log, HasSubstr(": hot fix for ?[31m#12"));
}

TEST(Bypass, SaysNothingWhereNothingWouldBlock) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1").with("GIT_STREAM_BYPASS=habit");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_EQ(repo.log("--action bypassed"), "");
}

TEST(Bypass, IsRefusedWhereThePolicyDoes) {
  const StreamRepo repo(two_streams("rules: {bypass: block}\n"));
  const Place f1 = repo.agent("F1").with("GIT_STREAM_BYPASS=please");
  const Said said = f1.commit("models/risk.py");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, testing::StartsWith("git-stream: the policy allows no bypass\n"
                                               "git-stream: commit blocked for agent-F1"));
  EXPECT_THAT(repo.log("--action blocked"), HasSubstr("models/risk.py: scope"));
}

TEST(Bypass, NeedsAReason) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("F1").with("GIT_STREAM_BYPASS=").commit("models/risk.py"),
              Blocks(kF1, kRisk));
}

TEST(Rules, ScopeAtWarn) {
  const StreamRepo repo(two_streams("rules: {scope: warn}\n"));
  const Said said = repo.agent("F1").commit("models/risk.py");
  EXPECT_TRUE(said.moved);
  EXPECT_EQ(said.errors,
            "git-stream: warnings for agent-F1 (stream F)\n"
            "  models/risk.py: warning: scope: belongs to agent-E1 (stream E)\n"
            "    next: git restore --staged -- models/risk.py\n");
}

TEST(Rules, LockAtWarn) {
  const StreamRepo repo(two_streams("rules: {lock: warn}\n"));
  repo.agent("F1").must("git stream lock docs/guide.md");
  const Said said = repo.agent("F2").commit("docs/guide.md");
  EXPECT_TRUE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("docs/guide.md: warning: lock: held by agent-F1 until "));
}

TEST(Rules, ScopeAndLockOff) {
  const StreamRepo repo(two_streams("rules: {scope: off, lock: off}\n"));
  repo.agent("F1").must("git stream lock models/risk.py");
  EXPECT_THAT(repo.agent("F2").commit("models/risk.py"), Commits());
}

TEST(Rules, WarningsStandBelowWhatBlocks) {
  const StreamRepo repo(two_streams("rules: {scope: warn}\n"));
  repo.agent("E1").must("git stream lock docs/guide.md");
  const Place f1 = repo.agent("F1");
  f1.write("models/risk.py", "1\n");
  f1.write("a.py", "1\n");
  f1.must("git add -A");
  f1.write("docs/guide.md", "1\n");
  const Said said = f1.sh("git commit -q -a -m m");
  EXPECT_FALSE(said.moved);
  EXPECT_LT(said.errors.find("docs/guide.md: lock"), said.errors.find("models/risk.py: warning"));
  EXPECT_THAT(repo.locks(), Not(HasSubstr("a.py"))) << "nothing is taken by what is blocked";
}

TEST(Rules, UnownedAllowed) {
  const StreamRepo repo(two_streams("rules: {unowned: allow}\n"));
  EXPECT_THAT(repo.agent("F1").commit("misc/new.py"), Commits());
  EXPECT_EQ(repo.locks(), "");
}

TEST(Rules, UnownedBlocked) {
  const StreamRepo repo(two_streams("rules: {unowned: block}\n"));
  EXPECT_THAT(repo.agent("F1").commit("misc/new.py"),
              Blocks(kF1, Findings{"misc/new.py: unowned: is in nobody's scope"}));
}

}  // namespace
}  // namespace gs::test
