// Merges and rebases: only what git does not make of the parents is the committer's doing.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

// F1's worktree in the midst of a merge of develop that conflicts in llm/sentiment.py; develop
// brings models/risk.py, and a new file nobody owns, besides.
Place conflicted(const StreamRepo& repo) {
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "ours = 1\n");
  f1.must("git commit -q -a -m ours");
  repo.write("llm/sentiment.py", "theirs = 1\n");
  repo.write("models/risk.py", "theirs = 1\n");
  repo.write("unowned/new.py", "theirs = 1\n");
  repo.commit_all("Theirs");
  EXPECT_EQ(f1.sh("git merge -q develop >/dev/null 2>&1").status, 1);
  f1.write("llm/sentiment.py", "both = 1\n");
  f1.must("git add llm/sentiment.py");
  return f1;
}

TEST(Merge, BringsOthersWorkUnblocked) {
  const StreamRepo repo;
  const Place f1 = conflicted(repo);
  EXPECT_THAT(f1.sh("git commit -q -m merged"), Commits());
  EXPECT_EQ(f1.read("models/risk.py"), "theirs = 1\n");
  EXPECT_EQ(repo.locks(), "") << "and locks nothing that only came along";
}

TEST(Merge, WithMergeContinue) {
  const StreamRepo repo;
  EXPECT_TRUE(conflicted(repo).sh("git merge --continue").moved);
}

TEST(Merge, AnEditSmuggledInIsBlocked) {
  const StreamRepo repo;
  const Place f1 = conflicted(repo);
  f1.write("models/risk.py", "mine = 1\n");
  f1.must("git add models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m merged"), Blocks(kF1, kRisk));
  EXPECT_TRUE(f1.has("../repo/.git/worktrees/F1/MERGE_HEAD")) << "the merge goes on";
}

TEST(Merge, TakingBackWhatTheOthersDidIsBlocked) {
  const StreamRepo repo;
  const Place f1 = conflicted(repo);
  f1.must("git checkout -q HEAD -- models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m merged"), Blocks(kF1, kRisk));
}

TEST(Merge, AFileAddedInTheMergeIsBlocked) {
  const StreamRepo repo;
  const Place f1 = conflicted(repo);
  f1.write("models/extra.py", "1\n");
  f1.must("git add models/extra.py");
  EXPECT_THAT(f1.sh("git commit -q -m merged"),
              Blocks(kF1, Findings{"models/extra.py: scope: belongs to agent-E1 (stream E)"}));
}

TEST(Merge, AConflictOutsideTheScopeIsForItsOwnerToResolve) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("models/risk.py", "ours = 1\n");
  f1.unjudged("commit -a -m ours");
  repo.write("models/risk.py", "theirs = 1\n");
  repo.commit_all("Theirs");
  EXPECT_EQ(f1.sh("git merge -q develop >/dev/null 2>&1").status, 1);
  f1.write("models/risk.py", "both = 1\n");
  EXPECT_THAT(f1.sh("git commit -q -a -m merged"), Blocks(kF1, kRisk));
  f1.must("git checkout -q --theirs models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -a -m merged"), Commits());
}

TEST(Merge, OfSeveralBranches) {
  const StreamRepo repo;
  const Place e1 = repo.agent("E1"), f2 = repo.agent("F2"), f1 = repo.agent("F1");
  ASSERT_THAT(e1.commit("models/risk.py"), Commits());
  ASSERT_THAT(f2.commit("llm/news.py"), Commits());
  f1.must("git merge -q --no-commit work-E1 work-F2 2>/dev/null");
  EXPECT_THAT(f1.sh("git commit -q -m merged"), Commits());
}

TEST(Merge, ALockedFileThatOnlyComesAlongDoesNotBlock) {
  const StreamRepo repo;
  repo.agent("E1").must("git stream lock models/risk.py");
  EXPECT_THAT(conflicted(repo).sh("git commit -q -m merged"), Commits());
}

TEST(Rebase, AConflictIsResolvedAndCommitted) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "ours = 1\n");
  f1.must("git commit -q -a -m ours");
  repo.write("llm/sentiment.py", "theirs = 1\n");
  repo.write("models/risk.py", "theirs = 1\n");
  repo.commit_all("Theirs");
  EXPECT_NE(f1.sh("git rebase -q develop >/dev/null 2>&1").status, 0);
  f1.write("llm/sentiment.py", "both = 1\n");
  f1.must("git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m resolved"), Commits());
  f1.must("git rebase --continue 2>/dev/null");
  EXPECT_EQ(f1.must("git log --format=%s -1"), "resolved\n");
}

TEST(Rebase, AnEditSmuggledInIsBlocked) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "ours = 1\n");
  f1.must("git commit -q -a -m ours");
  repo.write("llm/sentiment.py", "theirs = 1\n");
  repo.commit_all("Theirs");
  EXPECT_NE(f1.sh("git rebase -q develop >/dev/null 2>&1").status, 0);
  f1.write("llm/sentiment.py", "both = 1\n");
  f1.write("models/risk.py", "mine = 1\n");
  f1.must("git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m resolved"), Blocks(kF1, kRisk));
}

TEST(Rebase, StoppedToEditKnowsTheBranchThatIsRebased) {
  const StreamRepo repo;
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  f.write("llm/sentiment.py", "ours = 1\n");
  f.must("git commit -q -a -m ours");
  f.with("GIT_SEQUENCE_EDITOR=sed -i s/^pick/edit/").must("git rebase -q -i HEAD~ 2>/dev/null");
  EXPECT_THAT(f.commit("models/risk.py"), Blocks("stream F", kRisk))
      << "a detached HEAD in a rebase is still the stream's work";
}

}  // namespace
}  // namespace gs::test
