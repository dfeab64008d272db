// Every way to make a commit is judged by what it would commit, and by nothing else.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

TEST(CommitWays, AddThenCommitInScopeIsSilent) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("F1").commit("llm/sentiment.py"), Commits());
}

TEST(CommitWays, AddThenCommitOutOfScopeIsBlocked) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
  EXPECT_EQ(f1.must("git status --porcelain"), "M  models/risk.py\n") << "what was staged stays";
}

TEST(CommitWays, SaysExactlyWhatTheContractShows) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/news.py", "1\n");
  f1.write("models/new folder/it's.py", "1\n");
  const Said said = f1.sh("git add -A; git commit -q -m change");
  EXPECT_EQ(said.errors,
            "git-stream: commit blocked for agent-F1 (stream F)\n"
            "  llm/news.py: scope: belongs to agent-F2 (stream F)\n"
            "    next: git restore --staged -- llm/news.py\n"
            "  models/new folder/it's.py: scope: belongs to agent-E1 (stream E)\n"
            "    next: git restore --staged -- 'models/new folder/it'\\''s.py'\n");
  f1.must("git restore --staged -- 'models/new folder/it'\\''s.py' llm/news.py");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits()) << "the next steps lead out";
}

TEST(CommitWays, ALongListIsCutShort) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("mkdir -p models/many; for i in $(seq 10 34); do echo $i >models/many/$i.py; done");
  const Said said = f1.sh("git add -A; git commit -q -m change");
  EXPECT_THAT(said.errors, testing::HasSubstr("models/many/29.py: scope"));
  EXPECT_THAT(said.errors, testing::Not(testing::HasSubstr("models/many/30.py")));
  EXPECT_THAT(said.errors, testing::EndsWith("  … and 5 more\n"));
}

TEST(CommitWays, CommitAll) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "1\n");
  EXPECT_THAT(f1.sh("git commit -q -a -m m"), Commits());
  f1.write("llm/sentiment.py", "2\n");
  f1.write("models/risk.py", "2\n");
  EXPECT_THAT(f1.sh("git commit -q -a -m m"), Blocks(kF1, kRisk));
}

TEST(CommitWays, OnlyTheNamedPaths) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "1\n");
  f1.write("models/risk.py", "1\n");
  f1.must("git add models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m -- llm/sentiment.py"), Commits())
      << "what is staged besides does not go in";
  EXPECT_THAT(f1.sh("git commit -q -m m -- models/risk.py"), Blocks(kF1, kRisk));
}

TEST(CommitWays, NamedPathsIncludedWithWhatIsStaged) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "1\n");
  f1.write("models/risk.py", "1\n");
  f1.must("git add models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m -i llm/sentiment.py"), Blocks(kF1, kRisk));
}

TEST(CommitWays, ByPatches) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "# llm/sentiment.py\nfirst = 1\nsecond = 22\nthird = 3\n");
  EXPECT_TRUE(f1.sh("echo y | git commit -q -p -m m").moved);
  f1.write("models/risk.py", "# models/risk.py\nfirst = 1\nsecond = 22\nthird = 3\n");
  const Said said = f1.sh("echo y | git commit -q -p -m m");
  EXPECT_FALSE(said.moved);
  EXPECT_EQ(findings_said(said.errors, kF1), kRisk);
}

TEST(CommitWays, AmendCountsOnlyWhatItAddsToHead) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f1.sh("git commit -q --amend -m again"), Commits());
  f1.write("models/risk.py", "1\n");
  EXPECT_THAT(f1.sh("git commit -q -a --amend -m again"), Blocks(kF1, kRisk));
}

TEST(CommitWays, AnEmptyCommitIsNobodysBusiness) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("F1").sh("git commit -q --allow-empty -m m"), Commits());
}

TEST(CommitWays, TheFirstCommitOfABranch) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git checkout -q --orphan fresh; git rm -rq --cached .");
  f1.must("git add llm/sentiment.py");
  EXPECT_THAT(f1.sh("git commit -q -m first"), Commits());
  f1.must("git checkout -q --orphan fresher");
  f1.must("git add models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m first"), Blocks(kF1, kRisk));
}

TEST(CommitWays, TheFirstCommitOfARepository) {
  const TempRepo repo;
  const Place owner(repo, repo.path());
  owner.write(".streams.yaml", two_streams());
  owner.must("git stream init; git stream install --agent F1");
  EXPECT_THAT(owner.commit("models/risk.py"), Blocks(kF1, kRisk));
  owner.must("git rm -q --cached models/risk.py");
  EXPECT_THAT(owner.commit("llm/sentiment.py"), Commits());
}

TEST(CommitWays, FromASubdirectory) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "1\n");
  EXPECT_THAT(f1.in("llm").sh("git commit -q -m m sentiment.py"), Commits());
  f1.write("models/risk.py", "1\n");
  EXPECT_THAT(f1.in("llm").sh("git commit -q -a -m m"), Blocks(kF1, kRisk));
}

// What the gate says to run next can be run where git was called.
TEST(CommitWays, HintsHoldInASubdirectory) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.write("models/risk.py", "1\n");
  const Said scope = f1.in("llm").sh("git commit -q -a -m m");
  EXPECT_THAT(scope.errors, testing::HasSubstr("next: git restore --staged -- :/models/risk.py\n"));
  f1.in("llm").must("git add -A :/ && git restore --staged -- :/models/risk.py");
  EXPECT_EQ(f1.must("git diff --cached --name-only"), "");
  f2.must("git stream lock docs/guide.md");
  f1.write("docs/guide.md", "mine\n");
  const Said lock = f1.in("llm").sh("git commit -q -m m ../docs/guide.md");
  EXPECT_THAT(lock.errors, testing::HasSubstr(" :/docs/guide.md\n"));
  f2.must("git stream unlock --all");
  f1.in("llm").must("git stream lock --wait 1s :/docs/guide.md");
  EXPECT_THAT(repo.locks(), testing::HasSubstr("docs/guide.md"));
}

TEST(CommitWays, FromElsewhere) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "1\n");
  f1.write("models/risk.py", "1\n");
  const Place elsewhere(repo, repo.folder());
  EXPECT_THAT(elsewhere.sh("git -C F1 commit -q -m m llm/sentiment.py"), Silent());
  const Said said = elsewhere.sh("git -C F1 commit -q -a -m m");
  EXPECT_EQ(findings_said(said.errors, kF1), kRisk);
  const Said named = elsewhere.sh("git --git-dir=F1/.git --work-tree=F1 commit -q -a -m m");
  EXPECT_EQ(findings_said(named.errors, kF1), kRisk);
}

TEST(CommitWays, WithAnIndexOfTheUsersOwn) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "1\n");
  f1.write("models/risk.py", "1\n");
  const Place own = f1.with("GIT_INDEX_FILE=" + (repo.folder() / "my index").string());
  own.must("git read-tree HEAD; git add models/risk.py");
  EXPECT_THAT(own.sh("git commit -q -m m"), Blocks(kF1, kRisk));
  own.must("git read-tree HEAD; git add llm/sentiment.py");
  EXPECT_THAT(own.sh("git commit -q -m m"), Commits());
}

TEST(CommitWays, WithARelativeIndexOfTheUsersOwn) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("models/risk.py", "1\n");
  const Place own = f1.with("GIT_INDEX_FILE=../my-index");
  own.must("git read-tree HEAD; git add models/risk.py");
  EXPECT_THAT(own.sh("git commit -q -m m"), Blocks(kF1, kRisk));
}

TEST(CommitWays, OnADetachedHead) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git checkout -q --detach");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
}

TEST(CommitWays, AnIntentToAddIsNoChangeYet) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("models/new.py", "1\n");
  f1.must("git add -N models/new.py");
  f1.write("llm/sentiment.py", "1\n");
  f1.must("git add llm/sentiment.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
}

TEST(CommitWays, AmongAgentsOfOneStream) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("F1").commit("llm/news.py"), Blocks(kF1, kNews));
}

TEST(CommitWays, SharedPathsAreEverybodys) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(f1.commit("tests/deep/er/test_x.py"), Commits());
  EXPECT_THAT(f1.commit("docs/guide.md"), Commits());
  EXPECT_EQ(repo.locks(), "");
}

}  // namespace
}  // namespace gs::test
