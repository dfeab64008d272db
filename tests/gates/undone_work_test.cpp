// Merges that set others' work back are stopped at every gate; ordinary ones, and those that settle
// what is one's own, go through silently.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

constexpr char kSentimentOfF1[] = "llm/sentiment.py: scope: belongs to agent-F1 (stream F)";

// F1's branch with work of its own; E1's new work is on develop.
struct UndoneWork : testing::Test {
  StreamRepo repo;
  Place f1 = repo.agent("F1");

  UndoneWork() {
    f1.must("echo ours = 1 >> llm/sentiment.py; git commit -q -a -m Ours");
    repo.write("models/risk.py", "theirs = 1\n");
    repo.commit_all("Theirs");
  }
};

TEST_F(UndoneWork, IsStoppedAtEachGate) {
  EXPECT_THAT(f1.sh("git merge -q -s ours -m m develop"), Stops("merge", kF1, kRisk));
  f1.must("git merge --abort");
  EXPECT_THAT(f1.sh("git pull -q --no-rebase -s ours --no-edit . develop"),
              Stops("merge", kF1, kRisk));
  f1.must("git merge --abort");
  f1.must("git merge -q --no-commit develop; git checkout -q HEAD -- models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, kRisk));
  EXPECT_THAT(f1.sh("git commit -q -n -m m"), Stops(kUpdate, kF1, kRisk));
  f1.must("git merge --abort");
  EXPECT_THAT(f1.sh("git merge -q --no-verify -s ours -m m develop"), Stops(kUpdate, kF1, kRisk));
  f1.must("git merge --abort");
  const std::string made_of = "git update-ref HEAD $(git commit-tree -m m -p HEAD ";
  EXPECT_THAT(f1.sh(made_of + "-p develop HEAD^{tree})"), Stops(kUpdate, kF1, kRisk));
  EXPECT_THAT(f1.sh(made_of + "-p develop~ -p develop HEAD^{tree})"), Stops(kUpdate, kF1, kRisk));
  EXPECT_THAT(f1.sh("git update-ref HEAD $(git commit-tree -m m -p develop -p HEAD HEAD^{tree})"),
              Stops(kUpdate, kF1, kRisk))
      << "whichever parent comes first";
}

// What was merged before is set back with a merge that brings nothing.
TEST_F(UndoneWork, ByAnOldCommit) {
  f1.must("git merge -q -m merged develop");
  EXPECT_THAT(f1.sh("git update-ref HEAD $(git commit-tree -m m -p HEAD -p develop~ HEAD~^{tree})"),
              Stops(kUpdate, kF1, kRisk));
}

TEST_F(UndoneWork, InAnOctopus) {
  const Place f2 = repo.agent("F2");
  ASSERT_THAT(f2.commit("llm/news.py"), Commits());
  f1.must("git merge -q --no-commit develop work-F2 2>/dev/null; git checkout -q HEAD -- models");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, kRisk));
  EXPECT_THAT(f1.sh("git commit -q -n -m m"), Stops(kUpdate, kF1, kRisk));
}

TEST_F(UndoneWork, OfWhatIsGoneOrHasANewName) {
  repo.owner().must(
      "mkdir models/old; echo 1 > models/old/a.py; git add -A; git commit -q -n -m Old");
  f1.must("git merge -q -m merged develop");
  repo.owner().must("git mv models/old models/new; git commit -q -n -m Moved");
  f1.must("git merge -q --no-commit develop; git checkout -q HEAD -- models/old");
  EXPECT_THAT(f1.sh("git commit -q -m m"),
              Blocks(kF1, Findings{"models/old/a.py: scope: belongs to agent-E1 (stream E)"}));
  f1.must("git rm -q -f models/old/a.py; git commit -q -m m");
}

// Its own part of an undecided merge is the committer's to settle.
TEST_F(UndoneWork, IsNotWhatOneSettlesInOnesOwnFiles) {
  repo.write("llm/sentiment.py", "theirs = 2\n");
  repo.commit_all("More");
  for (const char* how : {"-X theirs", "-X ours"}) {
    const Said said = f1.sh(std::string("git merge -q -m m ") + how + " develop");
    EXPECT_TRUE(said.moved && said.errors.empty()) << how;
    f1.unjudged("reset --hard HEAD~");
  }
  for (const char* side : {"--ours", "--theirs"}) {
    f1.must("git merge -q develop >/dev/null 2>&1 || true");
    f1.must(std::string("git checkout -q ") + side + " llm/sentiment.py; git add -A");
    EXPECT_THAT(f1.sh("git commit -q -m m"), Commits()) << side;
    f1.unjudged("reset --hard HEAD~");
  }
  f1.must("git config rerere.enabled true; git merge -q develop >/dev/null 2>&1 || true");
  f1.write("llm/sentiment.py", "both = 1\n");
  f1.must("git add -A; git commit -q -m m 2>/dev/null; git reset -q --hard HEAD~");
  f1.must("git merge -q develop >/dev/null 2>&1 || true; git add -A");
  EXPECT_EQ(f1.read("llm/sentiment.py"), "both = 1\n") << "as it was settled before";
  EXPECT_TRUE(f1.sh("git commit -q -m m 2>/dev/null").moved);
  f1.must("echo more = 1 >> llm/sentiment.py; git add -A");
  EXPECT_THAT(f1.sh("git commit -q --amend --no-edit"), Commits()) << "a merge amended";
  EXPECT_EQ(repo.locks(), "");
}

// F1 and the owner changed different lines of a file that F1's branch has from a colleague.
TEST_F(UndoneWork, IsNotWhatGitMergesByItself) {
  const Place f2 = repo.agent("F2");
  repo.write("llm/news.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  repo.commit_all("News");
  f2.must("git merge -q -m m develop; sed -i 1s/.*/first/ llm/news.py; git commit -q -a -m First");
  f1.must("git merge -q -m stacked work-F2");
  repo.owner().must("sed -i 9s/.*/last/ llm/news.py; git commit -q -a -n -m Last");
  EXPECT_EQ(f1.sh("git merge -q -m m develop").errors, "");
  EXPECT_THAT(f1.read("llm/news.py"), HasSubstr("first\n2\n"));
  f1.unjudged("reset --hard HEAD~");
  f1.must("git merge -q --no-commit develop; git checkout -q HEAD -- llm/news.py");
  const Findings news{"llm/news.py: scope: belongs to agent-F2 (stream F)"};
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, news));
  f1.must("git checkout -q develop -- llm/news.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, news)) << "the colleague's line is gone";
}

// A squash of what is stacked below, and more of it, are on develop: its version has it all.
TEST_F(UndoneWork, IsNotWhereTheVersionTakenHasHadTheOther) {
  const Place f2 = repo.agent("F2");
  f2.must("printf '1\\n2\\n3\\n' > llm/news.py; git add -A; git commit -q -m One");
  f1.must("git merge -q -m stacked work-F2");
  repo.owner().must(
      "git merge -q --squash work-F2; git commit -q -n -m Squashed; printf '1\\n2\\nmore\\n' > "
      "llm/news.py; git commit -q -a -n -m More");
  f1.must(
      "git merge -q develop >/dev/null 2>&1 || true; git checkout -q --theirs llm/news.py; git "
      "add -A");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
  f1.unjudged("reset --hard HEAD~");
  f1.must(
      "git merge -q develop >/dev/null 2>&1 || true; git checkout -q --ours llm/news.py; git "
      "add -A");
  EXPECT_THAT(f1.sh("git commit -q -m m"),
              Blocks(kF1, Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)"}))
      << "but not the other way round";
}

TEST_F(UndoneWork, IsNotWhatNobodyElseDid) {
  f1.write("models/risk.py", "wrong = 1\n");
  f1.unjudged("commit -a -m Wrong");
  f1.must(
      "git merge -q develop >/dev/null 2>&1 || true; git checkout -q --theirs models; git add "
      "-A");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits()) << "one's own mistake is left out";
}

TEST_F(UndoneWork, IsNotARevertByItsOwner) {
  repo.owner().must("git merge -q --no-ff --no-edit work-F1; git revert -m 1 --no-edit HEAD");
  EXPECT_EQ(f1.sh("git merge -q -m m develop").errors, "") << "F1's own work, taken back there";
  EXPECT_EQ(f1.must("git diff --stat develop"), "");
}

TEST_F(UndoneWork, NorIsARebaseOfMerges) {
  f1.must(
      "git merge -q --no-ff -m merged develop; echo more = 1 >> llm/sentiment.py; git commit -q "
      "-a -m More");
  repo.write("docs/guide.md", "more\n");
  repo.commit_all("Docs");
  EXPECT_EQ(f1.sh("git rebase -q --rebase-merges develop 2>/dev/null").status, 0);
  EXPECT_EQ(f1.must("git diff --name-only develop"), "llm/sentiment.py\n");
}

// A foreign history below a folder of one's own: what it has at its top is nobody's work here.
TEST_F(UndoneWork, IsNotASubtree) {
  repo.owner().must(
      "git checkout -q --orphan lib; git rm -q -r -f .; echo read > setup.py; echo 1 > "
      "models_lib.py; git add -A; git commit -q -n -m Lib; git checkout -q develop; echo own > "
      "setup.py; git add -A; git commit -q -n -m Setup");
  f1.must(
      "git merge -q -m m develop; git merge -q -s ours --no-commit --allow-unrelated-histories "
      "lib; git read-tree --prefix=llm/agents/lib -u lib");
  EXPECT_THAT(f1.sh("git commit -q -m Sub"), Commits());
  repo.owner().must(
      "git checkout -q lib; echo more > setup.py; git commit -q -a -n -m More; git checkout -q "
      "develop");
  const Said said = f1.sh("git merge -q -m m -X subtree=llm/agents/lib lib");
  EXPECT_TRUE(said.moved && said.errors.empty()) << said.errors;
  EXPECT_EQ(f1.read("llm/agents/lib/setup.py"), "more\n");
}

// Nor does one's own history without a beginning make others' work foreign.
TEST_F(UndoneWork, IsUndoneFromAnOrphanToo) {
  const Said said = f1.sh(
      "export GIT_INDEX_FILE=\"$PWD/../own-index\"; git update-index --add --cacheinfo "
      "100644,$(git rev-parse HEAD:llm/sentiment.py),llm/sentiment.py; tree=$(git write-tree); rm "
      "../own-index; unset GIT_INDEX_FILE; git update-ref HEAD $(git commit-tree -m m -p $(git "
      "commit-tree -m root $tree) -p develop $tree)");
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.errors, HasSubstr("  models/risk.py: scope: belongs to agent-E1 (stream E)"));
}

// Made where no gate looked: E's branch would undo on develop what F has merged.
struct UndoneOnABranch : testing::Test {
  PushScene repo;
  Place e1 = repo.enrolled("E1", "feature/stream-E-models");

  UndoneOnABranch() {
    repo.write("llm/sentiment.py", "good = 1\n");
    repo.commit_all("Good");
    repo.owner().must("git push -q origin develop");
    e1.must("git fetch -q; echo more = 1 >> models/risk.py; git commit -q -a -m Work");
    e1.unjudged("merge -s ours -m m develop");
  }
  const Findings sentiment{kSentimentOfF1};
};

TEST_F(UndoneOnABranch, IsNotPushed) {
  EXPECT_THAT(e1.sh("git push -q origin HEAD"),
              Stops("push", kE1, Findings{std::string(kSentimentOfF1) + " (in COMMIT)"}));
}

TEST_F(UndoneOnABranch, IsNotReceived) {
  repo.server().must("git stream install --server");
  const Said said = e1.sh("git -c core.hooksPath=/dev/null push -q origin HEAD");
  EXPECT_THAT(block_of(said), HasSubstr("  " + std::string(kSentimentOfF1) + " (in COMMIT)\n"));
  EXPECT_EQ(repo.at_server("refs/heads/feature/stream-E-models"), "");
}

// What is pushed is apart from the server's objects until it is accepted.
TEST_F(UndoneOnABranch, IsNotWhatGitMergesByItselfWhereItArrives) {
  repo.server().must("git stream install --server");
  e1.must(
      "git reset -q --hard HEAD^; printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n' > models/risk.py; git "
      "commit -q "
      "-a -m Lines; git push -q origin HEAD");
  repo.owner().must(
      "git merge -q --no-edit feature/stream-E-models; sed -i 1s/.*/first/ models/risk.py "
      "llm/sentiment.py; git commit -q -a -n -m First; git push -q origin develop");
  e1.must("sed -i 7s/.*/last/ models/risk.py; git commit -q -a -m Last; git merge -q -m m develop");
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

TEST_F(UndoneOnABranch, IsSaidByTheCommands) {
  const Said range = e1.sh("git stream check --range develop..HEAD");
  EXPECT_EQ(range.status, 1);
  EXPECT_THAT(range.output, HasSubstr(kSentimentOfF1));
  const Said conflicts = repo.owner().sh("git stream conflicts E");
  EXPECT_EQ(conflicts.status, 1);
  EXPECT_THAT(conflicts.output, testing::ContainsRegex("undoes what .* changed, in the merge "));
  EXPECT_THAT(conflicts.output, HasSubstr("llm/sentiment.py"));
}

TEST_F(UndoneOnABranch, IsSaidWhicheverWayItWasMade) {
  const std::string work = e1.must("git rev-parse HEAD^");
  const std::string git = "git -c core.hooksPath=/dev/null ",
                    made = "reset -q --soft $(git commit-tree -m m ";
  for (const std::string& way : {
           git + "merge -q --no-commit develop; git checkout -q HEAD -- llm; " + git +
               "commit -q -m m",
           git + made + "-p HEAD -p develop HEAD^{tree})",
           git + made + "-p develop -p HEAD HEAD^{tree})",
           git + "merge -q -m m develop; " + git + made + "-p HEAD -p develop~ HEAD~^{tree})",
           git + made + "-p HEAD -p develop -p develop~ HEAD^{tree})",
           git + "merge -q -s ours -m m develop; echo >>models/risk.py; " + git +
               "commit -q -a -m m",
       }) {
    e1.must("git reset -q --hard " + work);
    e1.must(way);
    const Said said = repo.owner().sh("git stream conflicts E");
    EXPECT_EQ(said.status, 1) << way;
    EXPECT_THAT(said.output, HasSubstr("undoes what "));
  }
}

TEST_F(UndoneOnABranch, IsNotWhatMergesMakeOrTheOwnWorkSettles) {
  const std::string work = e1.must("git rev-parse HEAD^");
  repo.write("models/risk.py", "other = 1\n");
  repo.write("README.md", "more\n");
  repo.commit_all("Risk, too");
  const std::string git = "git -c core.hooksPath=/dev/null ";
  for (const std::string& way : {
           git + "merge -q -X ours -m m develop",
           git + "merge -q -X theirs -m m develop",
           git + "merge -q -m m develop~; " + git + "merge -q -X ours -m m develop",
           git + "merge -q -s ours -m m develop; git checkout -q develop -- llm README.md; " + git +
               "commit -q -m again",
           "git mv models/risk.py models/risks.py; " + git + "commit -q -m moved; " + git +
               "merge -q -X ours -m m develop",
           git + "merge -q --no-commit develop~; echo 1 >models/new.py; git add -A; " + git +
               "commit -q -m m; " + git + "merge -q -X ours -m m develop",
       }) {
    e1.must("git reset -q --hard " + work);
    e1.must(way);
    const Said said = repo.owner().sh("git stream conflicts E");
    EXPECT_THAT(said.output, testing::Not(HasSubstr("undoes what "))) << way;
  }
}

TEST_F(UndoneOnABranch, IsNotSaidOnceItIsMade) {
  e1.must("git reset -q --keep HEAD^; git merge -q --no-edit develop");
  EXPECT_EQ(repo.owner().sh("git stream conflicts E").status, 0);
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

}  // namespace
}  // namespace gs::test
