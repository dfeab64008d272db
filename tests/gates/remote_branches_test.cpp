// git stream conflicts and order with streams that are at a remote only: what counts, and what is
// no noise.

#include <gtest/gtest.h>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class RemoteBranches : public PushScene {
 protected:
  RemoteBranches() : PushScene(two_streams()) {}

  // A branch that another clone has pushed, with one changed file.
  void pushed(const std::string& branch, const std::string& path, const std::string& content,
              const std::string& from = "origin/develop") const {
    const Place other = has_clone_ ? Place(*this, folder() / "other") : clone("other");
    has_clone_ = true;
    other.must("git fetch -q; git checkout -q --no-track -B " + branch + " " + from);
    commit_unjudged(other, path, content);
    other.must("git push -qf origin " + branch);
    owner().must("git fetch -q");
  }
  // "STREAM BRANCH REMOTE" of each side.
  std::string sides(const std::string& options = "-r") const {
    return json_of(owner(), "conflicts " + options,
                   R"(chr(10).join(" ".join((s["stream"], s["branch"], str(s["remote"])))
                      for s in d["streams"]))");
  }

  mutable bool has_clone_ = false;
};

class RemoteBranchesTest : public testing::Test, public RemoteBranches {};

TEST_F(RemoteBranchesTest, CountOnlyWhereTheyAreAskedFor) {
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n");
  EXPECT_EQ(sides(""), "\n");
  EXPECT_EQ(sides("-r"), "E origin/feature/stream-E-models origin\n");
  EXPECT_EQ(sides("--remotes E"), "E origin/feature/stream-E-models origin\n");
  const Said said = owner().sh("git stream conflicts -r");
  EXPECT_THAT(said.output, HasSubstr("E: origin/feature/stream-E-models, which is not here"));
  EXPECT_THAT(owner().must("git stream order -r"), HasSubstr("origin/feature/stream-E-models"));
}

TEST_F(RemoteBranchesTest, ConflictWithWhatIsHere) {
  const Place here = worktree("F", "feature/stream-F-llm");
  commit_unjudged(here, "models/risk.py", "LIMIT = 3\n");
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n");
  const Said said = owner().sh("git stream conflicts -r");
  EXPECT_EQ(said.status, 1) << said.output;
  EXPECT_THAT(said.output, HasSubstr("models/risk.py"));
  EXPECT_THAT(said.output, HasSubstr("it breaks"));
  EXPECT_EQ(owner().sh("git stream conflicts").status, 0);
  EXPECT_EQ(owner().sh("git stream order -r --rehearse").status, 1);
  // Nothing was made of it here.
  EXPECT_EQ(owner().must("git branch --list '*models*'"), "");
}

TEST_F(RemoteBranchesTest, AreOneWithALocalBranchThatHasTheirCommits) {
  const Place here = worktree("F", "feature/stream-F-llm");
  commit_unjudged(here, "llm/news.py", "VALUE = 2\n");
  here.must("git -c core.hooksPath=/dev/null push -q origin feature/stream-F-llm; git fetch -q");
  EXPECT_EQ(sides(), "F feature/stream-F-llm None\n");
  commit_unjudged(here, "llm/news.py", "VALUE = 3\n");  // and is ahead
  EXPECT_EQ(sides(), "F feature/stream-F-llm None\n");
  EXPECT_THAT(owner().must("git stream conflicts -r"), Not(HasSubstr("at remotes")));
}

TEST_F(RemoteBranchesTest, DifferFromTheLocalOneWhichCounts) {
  const Place here = worktree("F", "feature/stream-F-llm");
  commit_unjudged(here, "llm/news.py", "VALUE = 2\n");
  pushed("feature/stream-F-llm", "llm/sentiment.py", "VALUE = 4\n");
  EXPECT_EQ(sides(), "F feature/stream-F-llm None\n");
  const std::string text = owner().must("git stream conflicts -r");
  const std::string said =
      "origin/feature/stream-F-llm has 1 commit that feature/stream-F-llm has not, which was "
      "looked at (git log feature/stream-F-llm..origin/feature/stream-F-llm)";
  const std::size_t first = text.find(said);
  EXPECT_NE(first, text.npos) << text;
  EXPECT_EQ(text.find(said, first + 1), text.npos) << text;
  EXPECT_EQ(json_of(owner(), "order -r", R"(str(d["differences"]))"),
            "[{'branch': 'feature/stream-F-llm', 'remote': 'origin/feature/stream-F-llm', "
            "'ahead': 1}]\n");
}

TEST_F(RemoteBranchesTest, AreMergedInMemoryWhereADryRunIsAskedTo) {
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n");
  EXPECT_EQ(owner().sh("git stream merge E --dry-run").status, 1);
  const std::string text = owner().must("git stream merge E --dry-run -r");
  EXPECT_THAT(text, HasSubstr("origin/feature/stream-E-models: can be merged, and is not here"));
  EXPECT_EQ(owner().sh("git stream merge E -r").status, 2);
  // A scope that is another stream's.
  pushed("feature/stream-F-llm", "models/other.py", "VALUE = 3\n");
  const Said said = owner().sh("git stream merge F --dry-run -r");
  EXPECT_EQ(said.status, 1) << said.output;
  EXPECT_THAT(said.errors, HasSubstr("models/other.py: scope"));
  EXPECT_THAT(said.errors, HasSubstr("git switch feature/stream-F-llm && git merge develop"));
}

TEST_F(RemoteBranchesTest, ThatConflictWithTheIntegrationBranchAreFoundByADryRun) {
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n");
  commit_unjudged(owner(), "models/risk.py", "LIMIT = 3\n");
  const Said said = owner().sh("git stream merge E --dry-run -r");
  EXPECT_EQ(said.status, 1) << said.output;
  EXPECT_THAT(said.errors, HasSubstr("merge blocked for stream E: 1 conflict with develop"));
  EXPECT_EQ(owner().must("git status --porcelain"), "");
}

TEST_F(RemoteBranchesTest, OfEverydayRemotesAreLeftOut) {
  // Merged, squashed, of no stream, a symbolic ref, and a history of its own.
  pushed("feature/stream-E-merged", "models/a.py", "A = 1\n");
  pushed("feature/stream-E-squashed", "models/b.py", "B = 1\n");
  owner().unjudged("merge --no-ff -m merged origin/feature/stream-E-merged");
  owner().unjudged("merge --squash origin/feature/stream-E-squashed");
  owner().unjudged("commit -m squashed");
  pushed("renovate/all", "models/c.py", "C = 1\n");
  pushed("feature/stream-Z-other", "models/c.py", "C = 1\n");
  const Place other(*this, folder() / "other");
  other.must("git checkout -q --orphan feature/stream-E-orphan");
  commit_unjudged(other, "models/d.py");
  other.must("git push -q origin feature/stream-E-orphan");
  owner().must(
      "git fetch -q; git remote set-head origin develop;"
      "git symbolic-ref refs/remotes/origin/feature/stream-E-name "
      "refs/remotes/origin/renovate/all");
  EXPECT_EQ(sides(), "\n");
  EXPECT_EQ(sides("-r E"), "\n");
  EXPECT_EQ(owner().must("git stream conflicts -r"), "nothing to merge into develop\n");
}

TEST_F(RemoteBranchesTest, OfManyRemotesAtOneCommitCountOnce) {
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n");
  owner().must("git remote add fork ../server.git; git fetch -q fork");
  EXPECT_EQ(sides(), "E origin/feature/stream-E-models origin\n");
}

TEST_F(RemoteBranchesTest, AreLookedAtUpToABound) {
  pushed("feature/stream-E-0", "models/risk.py", "LIMIT = 2\n");
  owner().must(
      "git remote add fork ../server.git\n"
      "for i in $(seq 1 80); do\n"
      "  id=$(GIT_COMMITTER_DATE=\"2030-01-01T00:00:$(printf %02d $((i % 60)))Z\" git commit-tree "
      "-p develop -m \"$i\" origin/feature/stream-E-0^{tree})\n"
      "  echo create refs/remotes/fork/feature/stream-E-$i $id\n"
      "done | git update-ref --stdin");
  EXPECT_EQ(json_of(owner(), "order -r",
                    R"(str((sum(len(s["branches"]) for s in d["streams"]), d["left_out"])))"),
            "(64, 17)\n");
}

TEST_F(RemoteBranchesTest, ThatCannotBeReadAreNamed) {
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n");
  owner().must(
      "mkdir -p .git/refs/remotes/origin/feature; "
      "echo 1234567890123456789012345678901234567890 > "
      ".git/refs/remotes/origin/feature/stream-F-gone");
  const Said said = owner().sh("git stream conflicts -r");
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.errors, HasSubstr("origin/feature/stream-F-gone"));
  EXPECT_THAT(said.output, HasSubstr("E: origin/feature/stream-E-models"));
}

TEST_F(RemoteBranchesTest, CountByDefaultWhereClonesShareTheirLocks) {
  set_policy(two_streams("coordination: {store: git}\n"));
  pushed("feature/stream-E-models", "models/risk.py", "LIMIT = 2\n", "develop");
  EXPECT_EQ(sides(""), "E origin/feature/stream-E-models origin\n");
  owner().must(
      "git remote add fork ../server.git; git -c core.hooksPath=/dev/null push -q fork "
      "origin/feature/stream-E-models:refs/heads/feature/stream-F-fork; git fetch -q fork");
  EXPECT_EQ(sides(""), "E origin/feature/stream-E-models origin\n");
}

}  // namespace
}  // namespace gs::test
