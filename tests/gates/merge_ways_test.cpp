// Ways of taking over others' work: never blocked for what they have done, always for what is
// smuggled in with it.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

// The owner's and E's work is on develop; F1 has work of its own.
struct MergeWays : testing::Test {
  StreamRepo repo;
  Place f1 = repo.agent("F1");

  MergeWays() {
    f1.must("echo ours = 1 >> llm/sentiment.py; git commit -q -a -m Ours");
    theirs("theirs = 1\n");
  }
  void theirs(const std::string& content) const {
    repo.write("models/risk.py", content);
    repo.write("unowned/new.py", content);
    repo.git({"rm", "-q", "--ignore-unmatch", "docs/guide.md", "models/gone.py"});
    repo.commit_all("Theirs");
  }
  std::string tip(const std::string& ref) const { return repo.git({"rev-parse", ref}); }
};

TEST_F(MergeWays, ACleanMerge) {
  EXPECT_EQ(f1.sh("git merge -q -m merged develop").errors, "");
  EXPECT_EQ(f1.read("models/risk.py"), "theirs = 1\n");
  EXPECT_EQ(repo.locks(), "") << "and locks nothing that only came along";
}

TEST_F(MergeWays, AFastForward) {
  f1.must("git reset -q --hard HEAD~");
  EXPECT_THAT(f1.sh("git merge -q --ff-only develop"), testing::Field(&Said::errors, ""));
  EXPECT_EQ(tip("work-F1"), tip("develop"));
}

TEST_F(MergeWays, AnOctopus) {
  const Place e1 = repo.agent("E1"), f2 = repo.agent("F2");
  ASSERT_THAT(e1.commit("models/more.py"), Commits());
  ASSERT_THAT(f2.commit("llm/news.py"), Commits());
  EXPECT_EQ(f1.sh("git merge -q -m merged work-E1 work-F2 2>/dev/null").status, 0);
  EXPECT_EQ(f1.must("git log -1 --format=%P | wc -w"), "3\n");
}

TEST_F(MergeWays, Pulls) {
  repo.owner().must("git clone -q --bare . ../remote.git");
  f1.must("git remote add up ../remote.git; git fetch -q up");
  f1.must("git pull -q --no-rebase up develop");
  f1.must("git reset -q --hard ORIG_HEAD");
  f1.must("git pull -q --rebase up develop");
  EXPECT_EQ(f1.must("git log -2 --format=%s"), "Ours\nTheirs\n");
}

TEST_F(MergeWays, WhatIsMadeOfBothSidesIsTheMergers) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  f.must("sed -i '1i first = 0' models/risk.py");
  f.unjudged("commit -a -m unjudged");
  repo.git({"revert", "--no-edit", "HEAD"});
  repo.git({"revert", "--no-edit", "HEAD"});
  repo.owner().must(
      "printf '# risk\\nfirst = 1\\nsecond = 2\\nthird = 3\\nlast = 4\\n' > "
      "models/risk.py; git commit -q -n -a -m Longer");
  f.must(
      "git reset -q --hard HEAD; git config merge.both.driver 'cat %B >> %A'; "
      "echo 'models/risk.py merge=both' > $(git rev-parse --git-path info/attributes)");
  const Said said = f.sh("git merge -q -m merged develop");
  EXPECT_THAT(said, Stops("merge", "stream F", kRisk));
  EXPECT_THAT(
      said.errors,
      HasSubstr("    next: git merge --abort  # then ask agent-E1 to merge models/risk.py\n"));
}

TEST_F(MergeWays, AMergeMadeByPlumbing) {
  const std::string make =
      "export GIT_INDEX_FILE=\"$PWD/../evil-index\"; git read-tree develop; "
      "blob=$(echo evil = 1 | git hash-object -w --stdin); "
      "git update-index --add --cacheinfo 100644,$blob,models/risk.py; "
      "id=$(git commit-tree -p HEAD -p develop -m evil $(git write-tree)); rm ../evil-index; "
      "unset GIT_INDEX_FILE; git update-ref HEAD $id";
  EXPECT_THAT(f1.sh(make), Stops(kUpdate, kF1, kRisk));
}

// What git tells pre-merge-commit in the environment, anyone can say; the commit tells the truth.
TEST_F(MergeWays, AFalseWordInTheEnvironment) {
  const std::string evil = f1.must(
      "git -c core.hooksPath=/dev/null checkout -q --detach; echo evil > models/risk.py; "
      "git -c core.hooksPath=/dev/null commit -q -a -m evil; git rev-parse HEAD; "
      "git checkout -q work-F1");
  const Place liar = f1.with("GITHEAD_" + evil.substr(0, id_digits()) + "=x");
  EXPECT_THAT(liar.sh("git merge -q -m m " + evil), Stops(kUpdate, kF1, kRisk));
}

TEST_F(MergeWays, ASquashBringsOthersWork) {
  f1.must("git merge -q --squash develop");
  EXPECT_THAT(f1.sh("git commit -q -m squashed"), Commits());
  EXPECT_EQ(repo.locks(), "");
  theirs("theirs = 2\n");
  f1.must(
      "git merge -q --squash develop >/dev/null 2>&1 || git checkout -q --theirs .; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m again"), Commits()) << "what came from there may be followed";
}

TEST_F(MergeWays, ASquashOfAnotherStreamsBranch) {
  const Place e = repo.worktree("E", "feature/stream-E-risk");
  e.must("git stream install --stream E");
  ASSERT_THAT(e.commit("models/more.py"), Commits());
  f1.must("git merge -q --squash feature/stream-E-risk");
  EXPECT_THAT(f1.sh("git commit -q -m squashed"), Commits());
}

TEST_F(MergeWays, AnEditInASquashIsBlocked) {
  f1.must("git merge -q --squash develop; echo mine = 1 >> models/risk.py; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m squashed"), Blocks(kF1, kRisk));
  EXPECT_THAT(f1.sh("git commit -q -n -m squashed"), Stops(kUpdate, kF1, kRisk));
}

TEST_F(MergeWays, TakingOverIsNoWayToUndo) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  const Place other = f.with("GIT_STREAM_AGENT=F2");
  ASSERT_THAT(other.commit("llm/news.py", "new = 1\n"), Commits());
  ASSERT_THAT(other.commit("llm/news_more.py"), Commits());
  f.must("git checkout -q develop -- llm/news.py; git rm -q llm/news_more.py");
  EXPECT_THAT(f.with("GIT_STREAM_AGENT=F1").sh("git commit -q -m undone"),
              Blocks(kF1, Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)",
                                   "llm/news_more.py: scope: belongs to agent-F2 (stream F)"}))
      << "develop has these paths as they were, but never changed them";
  repo.write("llm/news.py", "theirs = 1\n");
  repo.commit_all("News");
  f.must("git reset -q --hard; git checkout -q develop -- llm/news.py");
  EXPECT_THAT(f.with("GIT_STREAM_AGENT=F1").sh("git commit -q -m undone"),
              Blocks(kF1, Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)"}))
      << "nor over a colleague's work";
}

}  // namespace
}  // namespace gs::test
