// git stream doctor --prove: every row is a test, against the gate that is to stop it; and the
// proof leaves the user's repository as it was.

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <utility>

#include "lib/process/process.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Expected {
  std::string way;      // "commits: git commit"
  std::string outcome;  // the gate that stops it; otherwise "not stopped", or "goes through"
  std::string later;    // what stops it then: "pre-push, pre-receive"
};
void PrintTo(const Expected& expected, std::ostream* out) {
  *out << expected.way;
}

constexpr char kCommit[] = "pre-commit", kRef[] = "reference-transaction", kPush[] = "pre-push",
               kReceive[] = "pre-receive", kNot[] = "not stopped", kThrough[] = "goes through";
constexpr char kServer[] = "pre-receive, git stream check --range";
constexpr char kAll[] = "pre-push, pre-receive, git stream check --range";

bool git_since(int major, int minor) {
  static const std::string kVersion = process::run({{"git", "version"}, {}, {}, {}, {}}).output;
  int its_major = 0, its_minor = 0;
  std::sscanf(kVersion.c_str(), "git version %d.%d", &its_major, &its_minor);
  return std::pair(its_major, its_minor) >= std::pair(major, minor);
}

// git renames refs there without asking any hook.
bool refs_in_tables() {
  const char* const format = std::getenv("GIT_DEFAULT_REF_FORMAT");
  return format != nullptr && std::string_view(format) == "reftable";
}

const std::vector<Expected>& rows() {
  static const std::vector<Expected> kRows{
      {"commits: git commit", kCommit, ""},
      {"commits: git commit -a", kCommit, ""},
      {"commits: git commit -p", kCommit, ""},
      {"commits: git commit -- PATH", kCommit, ""},
      {"commits: git commit -i PATH", kCommit, ""},
      {"commits: git commit -n", kRef, ""},
      {"commits: git commit --amend", kCommit, ""},
      {"commits: git commit --amend -n", kRef, ""},
      {"commits: git commit, HEAD detached, then git branch -f", kCommit, ""},
      {"commits: git commit -n, HEAD detached, then git branch -f", kRef, ""},
      {"commits: git checkout -b OTHER-NAME, git commit -n", kRef, ""},
      {"commits: git stash pop, git commit -a", kCommit, ""},
      {"commits: git mv THEIRS MINE", kCommit, ""},
      {"commits: git rm THEIRS", kCommit, ""},
      {"commits: git update-index --chmod=+x", kCommit, ""},
      {"commits: a symbolic link in its place", kCommit, ""},
      {"commits: a submodule in its place", kCommit, ""},
      {"commits: its name in other letters, core.ignoreCase", kCommit, ""},
      {"commits: its name in other letters", kCommit, ""},
      {"commits: GIT_INDEX_FILE=… git commit", kCommit, ""},
      {"commits: GIT_DIR=… GIT_WORK_TREE=… git commit", kCommit, ""},
      {"commits that are there: git cherry-pick", kRef, ""},
      {"commits that are there: git cherry-pick -n, git commit -n", kRef, ""},
      {"commits that are there: git revert", kRef, ""},
      {"commits that are there: git rebase -i", kRef, ""},
      {"commits that are there: git am", kRef, ""},
      {"commits that are there: git apply --index, git commit -n", kRef, ""},
      {"commits that are there: git reset --hard COMMIT", kRef, ""},
      {"commits that are there: git checkout -B BRANCH COMMIT", kRef, ""},
      {"commits that are there: git branch OTHER-NAME COMMIT", kRef, ""},
      {"commits that are there: git commit-tree, git update-ref", kRef, ""},
      {"commits that are there: git update-ref --stdin", kRef, ""},
      {"commits that are there: git fetch . COMMIT:BRANCH", kRef, ""},
      {"commits that are there: git push --no-verify . COMMIT:BRANCH", kRef, ""},
      {"commits that are there: git worktree add -b OTHER-NAME", kRef, ""},
      {"commits that are there: git fast-import", kRef, ""},
      {"merges: git merge --no-commit, a change, git commit", kCommit, ""},
      {"merges: git merge --no-commit, a change, git commit -n", kRef, ""},
      {"merges: git merge --no-commit, a change, git merge --continue", kCommit, ""},
      {"merges: git merge --squash, git commit", kCommit, ""},
      {"merges: git merge COMMIT", kRef, ""},
      {"merges: git merge --no-verify COMMIT", kRef, ""},
      {"merges: git merge --ff-only COMMIT", kRef, ""},
      {"merges: git merge of three (octopus)", kRef, ""},
      {"merges: a scratch branch made elsewhere, merged later", kRef, ""},
      {"merges: git tag COMMIT, git merge TAG", kRef, ""},
      {"merges: git pull . REF", kRef, ""},
      {"merges: git merge, where both sides changed a locked file", kRef, ""},
      {"merges: git merge -s ours", "pre-merge-commit", ""},
      {"merges: git merge -s ours --no-verify", kRef, ""},
      {"merges: git merge --no-commit, git checkout HEAD -- THEIRS, git commit", kCommit, ""},
      {"merges: git merge --no-commit, git checkout HEAD -- THEIRS, git commit -n", kRef, ""},
      {"merges: git commit-tree -p HEAD -p INTEGRATION-BRANCH HEAD^{tree}", kRef, ""},
      {"merges: git merge -s ours of three", "pre-merge-commit", ""},
      {"others' branches: git branch -f OTHERS-BRANCH COMMIT", kRef, ""},
      {"others' branches: git branch OTHERS-NEW-BRANCH COMMIT", kRef, ""},
      {"others' branches: git checkout OTHERS-BRANCH, git commit", kCommit, ""},
      {"others' branches: git branch -D OTHERS-BRANCH", kNot, ""},
      {"others' branches: git branch -m BRANCH OTHERS-NEW-BRANCH, git commit", kCommit, ""},
      {"others' branches: git update-ref refs/remotes/NEW-REMOTE/OTHERS-BRANCH, git merge", kRef,
       ""},
      {"others' branches: git fetch of a repository of one's own, git merge", kRef, ""},
      {"others' branches: git update-ref refs/remotes/origin/OTHERS-BRANCH, git merge", kNot,
       "pre-push, pre-receive"},
      {"others' branches: git update-ref of the integration branch", kRef, ""},
      {"others' branches: git branch -m INTEGRATION-BRANCH OTHER-NAME",
       refs_in_tables() ? kNot : kRef, refs_in_tables() ? kPush : ""},
      {"others' branches: git branch -C OTHER-NAME INTEGRATION-BRANCH, git commit", kCommit, ""},
      {"others' branches: git branch -M OTHER-NAME INTEGRATION-BRANCH, git commit",
       refs_in_tables() ? kCommit : kRef, ""},
      {"others' branches: git branch -C OTHER-NAME BRANCH", kNot,
       "pre-push, git stream check --range"},
      {"others' branches: git update-ref -d of the integration branch", kRef, ""},
      {"others' branches: git update-ref of the integration branch to an older commit", kNot,
       "pre-push, pre-receive"},
      {"others' branches: git fetch . COMMIT:INTEGRATION-BRANCH", kRef, ""},
      {"identity: GIT_STREAM_AGENT= git commit", kCommit, ""},
      {"identity: GIT_STREAM_AGENT=NOBODY git commit", kCommit, ""},
      {"identity: git commit --author", kCommit, ""},
      {"identity: the enrolment removed, git commit", kCommit, ""},
      {"identity: GIT_STREAM_AGENT=OWNER git commit", kCommit, ""},
      {"identity: git stream install --agent OWNER, git commit", "install", ""},
      {"identity: git stream install --owner, git commit", "install", ""},
      {"identity: git stream uninstall, git commit", "install", ""},
      {"identity: git stream uninstall --all, git commit", "install", ""},
      {"identity: GIT_STREAM_BYPASS=… git commit", kNot, kServer},
      {"identity: git commit in a worktree of no stream", kNot, ""},
      {"what the gates rely on: git -c core.hooksPath=/dev/null commit", kNot, kAll},
      {"what the gates rely on: the hooks removed, git commit", kNot,
       "pre-receive, git stream check --range"},
      {"what the gates rely on: a file written into .git/refs", kNot, "pre-push"},
      {"what the gates rely on: a wider policy in the worktree, git commit", kCommit, ""},
      {"what the gates rely on: a wider policy committed with -n, git commit -n", kRef, ""},
      {"what the gates rely on: a wider policy put on the integration branch", kRef, ""},
      {"what the gates rely on: a wider policy on the integration branch's upstream, git commit",
       kCommit, ""},
      {"what the gates rely on: a wider policy on the remote-tracking branch, git commit", kCommit,
       ""},
      {"what the gates rely on: a wider policy in a tag of the integration branch's name, git "
       "commit",
       kCommit, ""},
      {"what the gates rely on: git symbolic-ref of the integration branch, git commit",
       git_since(2, 46) ? kRef : kCommit, ""},
      {"what the gates rely on: git replace of the integration branch's tip, git commit", kCommit,
       ""},
      {"what the gates rely on: git replace of HEAD's tree, git commit", kCommit, ""},
      {"what the gates rely on: git config hook.pre-commit.enabled false, git commit", kCommit, ""},
      {"what the gates rely on: the note of the integration branch edited, git commit", kNot,
       "pre-push, pre-receive"},
      {"what the gates rely on: git commit of a locked file", kCommit, ""},
      {"what the gates rely on: git commit -n of a locked file", kRef, ""},
      {"what the gates rely on: the lock removed from its file, git commit", kNot, ""},
      {"what the gates rely on: rm -rf .claude, git commit of a locked file", kCommit, ""},
      {"what the gates rely on: the state moved away, git commit", kCommit, ""},
      {"what the gates rely on: the file of locks damaged, git commit", kCommit, ""},
      {"what the gates rely on: the file of locks damaged, git commit -n", kRef, ""},
      {"pushes: git push COMMIT:BRANCH", kPush, ""},
      {"pushes: git tag COMMIT, git push TAG", kPush, ""},
      {"pushes: git push COMMIT:refs/notes/…", kPush, ""},
      {"pushes: git push --no-verify COMMIT:BRANCH", kReceive, ""},
      {"pushes: git push --no-verify TAG", kNot, ""},
      {"pushes: git push --no-verify COMMIT:refs/notes/…", kNot, ""},
      {"pushes: git push from a clone without git-stream", kReceive, ""},
      {"pushes: git push HEAD:OTHERS-BRANCH", kPush, ""},
      {"pushes: git push --delete OTHERS-BRANCH", kPush, ""},
      {"pushes: git push --no-verify HEAD:OTHERS-BRANCH", kReceive, ""},
      {"pushes: git push HEAD:INTEGRATION-BRANCH", kPush, ""},
      {"pushes: git push --no-verify HEAD:INTEGRATION-BRANCH", kNot, ""},
      {"pushes: git push --no-verify of an older INTEGRATION-BRANCH", kReceive, ""},
      {"pushes: git push --no-verify --delete INTEGRATION-BRANCH", kReceive, ""},
      {"pushes: git push --no-verify of an older OTHERS-BRANCH", kReceive, ""},
      {"pushes: git push --no-verify --delete OTHERS-BRANCH", kReceive, ""},
      {"pushes: git push --no-verify COMMIT:OTHERS-NEW-BRANCH COMMIT:BRANCH", kReceive, ""},
      {"pushes: git push --no-verify, core.hooksPath=/dev/null in the pusher's configuration",
       kReceive, ""},
      {"pushes: git push HEAD:NO-STREAMS-NAME", kPush, ""},
      {"innocent: git commit", kThrough, ""},
      {"innocent: git commit -a", kThrough, ""},
      {"innocent: git commit --amend", kThrough, ""},
      {"innocent: git cherry-pick", kThrough, ""},
      {"innocent: git revert", kThrough, ""},
      {"innocent: git merge INTEGRATION-BRANCH", kThrough, ""},
      {"innocent: git rebase INTEGRATION-BRANCH", kThrough, ""},
      {"innocent: git pull INTEGRATION-BRANCH", kThrough, ""},
      {"innocent: git pull --rebase INTEGRATION-BRANCH", kThrough, ""},
      {"innocent: git fetch", kThrough, ""},
      {"innocent: git stash, git stash pop", kThrough, ""},
      {"innocent: git branch -D of its own branch", kThrough, ""},
      {"innocent: git push of its own branch", kThrough, ""},
      {"innocent: git push --force after a rebase", kThrough, ""},
      {"innocent: git push of a tag on it", kThrough, ""},
      {"innocent: git merge -X ours in its own file", kThrough, ""},
      {"innocent: git merge --squash of its own branch", kThrough, ""},
      {"innocent: git commit --amend after a merge of INTEGRATION-BRANCH", kThrough, ""},
      {"innocent: git rebase --onto INTEGRATION-BRANCH", kThrough, ""},
      {"innocent: git branch -m within the stream", kThrough, ""},
      {"innocent: git commit of a shared file", kThrough, ""}};
  return kRows;
}

// A repository with nothing but a policy and a file: the proof needs no more.
struct Bare : TempRepo {
  explicit Bare(const std::string& policy = two_streams()) {
    write(".streams.yaml", policy);
    write("llm/sentiment.py", "import os\n");
    commit_all("Start");
  }
  Place place() const { return Place(*this, path()); }
  // Of a way: its outcome, gate and what stops it later, one a line.
  std::string of(const std::string& way) const {
    return place().must("git stream doctor --prove --json --way " + word(way) +
                        " >../proof.json || test $? = 1\npython3 -c 'import json\n"
                        "d = json.load(open(\"../proof.json\"))\nassert d[\"schema\"] == 1\n"
                        "for r in d[\"rows\"]: print(r[\"stopped_by\"] or r[\"outcome\"]"
                        " if r[\"outcome\"] != \"broken\" else r[\"finding\"], \", \".join("
                        "r[\"later\"]), r[\"fails\"], sep=\"|\")'");
  }
};

class ProveRow : public testing::TestWithParam<Expected> {};

TEST_P(ProveRow, IsStoppedByItsGate) {
  const Bare repo;
  EXPECT_EQ(repo.of(GetParam().way), GetParam().outcome + "|" + GetParam().later + "|False\n");
}

std::string name_of(const testing::TestParamInfo<Expected>& info) {
  std::string name;
  for (const char c : info.param.way)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  return name + "_" + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(Ways, ProveRow, testing::ValuesIn(rows()), name_of);

constexpr char kList[] =
    "find . ../repo -type f ! -path '*/stream/policy.cache*' ! -path '*/objects/*' -printf '%p %s "
    "%T@\\n'"
    " | sort; find . ../repo -path '*/objects/*' -printf '%p %s\\n' | sort; "
    "git for-each-ref; git config --list --local; git stash list";

TEST(Prove, EveryRowIsATestAndNothingIsTouched) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  const std::string before = owner.must(kList), ours = owner.must("ls .git/stream");
  std::string expected;
  for (const Expected& row : rows()) expected += row.way + "\n";
  EXPECT_EQ(json_of(owner, "doctor --prove",
                    "\"\\n\".join(r[\"group\"] + \": \" + r[\"way\"] for r in d[\"rows\"])"),
            expected);
  EXPECT_EQ(owner.must(kList), before);
  EXPECT_EQ(owner.must("ls .git/stream"), ours);
}

TEST(Prove, HereAsElsewhereWithoutHooksIsSaidAndFails) {
  const Bare repo;
  const Said said = repo.place().sh("git stream doctor --prove --way 'innocent: git fetch'");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, AllOf(HasSubstr("NOT IN PLACE in this repository: pre-commit, "),
                                 HasSubstr("  next: git stream install\n")));
  EXPECT_THAT(repo.place().sh("git stream doctor --prove --way nonsense"),
              Complains(2, "no way has 'nonsense'"));
}

TEST(Prove, LeavesNothingInTheCacheFolderAndTidiesUpAfterTheKilled) {
  const StreamRepo repo;
  const Place owner = repo.owner().with("XDG_CACHE_HOME=" + (repo.folder() / "cache").string());
  owner.must("mkdir -p ../cache/git-stream/proof-dead/repo; touch ../cache/git-stream/other");
  const std::string ours = owner.must("ls .git/stream");
  owner.must("git stream doctor --prove --way 'innocent: git fetch'");
  EXPECT_EQ(owner.must("ls ../cache/git-stream"), "other\n");
  EXPECT_EQ(owner.must("ls .git/stream"), ours);
}

TEST(Prove, InterruptedItLeavesNothing) {
  const StreamRepo repo;
  const std::string ours = repo.owner().must("ls .git/stream");
  EXPECT_EQ(
      repo.owner().must("git-stream doctor --prove >../out 2>../err & pid=$!\n"
                        "until ls -d $XDG_CACHE_HOME/git-stream/proof-*/work >/dev/null 2>&1; do\n"
                        "  kill -0 $pid || exit; sleep 0.01; done\n"
                        "kill -TERM $pid; wait $pid && echo 0 || echo $?\n"
                        "ls $XDG_CACHE_HOME/git-stream; ls .git/stream; cat ../out"),
      "130\n" + ours);
  EXPECT_THAT(repo.owner().read("../err"), testing::StartsWith("git-stream: interrupted: "));
}

TEST(Prove, WithoutAPolicyThereIsNothingToProve) {
  const TempRepo repo;
  EXPECT_THAT(Place(repo, repo.path()).sh("git stream doctor --prove"),
              Complains(2, "there is no policy"));
}

TEST(Prove, APolicyThatIsNotCommittedYet) {
  const TempRepo repo;
  repo.write(".streams.yaml", two_streams());
  const Place place(repo, repo.path());
  EXPECT_THAT(place.sh("git stream doctor --prove --way 'commits: git commit'").output,
              testing::ContainsRegex("git commit +pre-commit\n"));
}

TEST(Prove, AWarningScopeFallsBackOnWhatIsProtected) {
  const Bare repo(two_streams("rules: {scope: warn}\n"));
  const Said said = repo.place().sh("git stream doctor --prove --way 'commits: git commit'");
  EXPECT_THAT(said.output, AllOf(HasSubstr("tries to change .streams.yaml: nobody in a "),
                                 testing::ContainsRegex("git commit +pre-commit\n")));
}

TEST(Prove, APolicyThatForbidsNothingIsSaidToBePointless) {
  const Bare repo(R"(version: 1
streams: {F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}}
)");
  const Said said = repo.place().sh("git stream doctor --prove --way 'commits: git commit -n'");
  EXPECT_THAT(said.output,
              AllOf(testing::ContainsRegex("git commit -n +-\n"),
                    HasSubstr("      this policy lets the agent change every file\n")));
  EXPECT_THAT(repo.of("others' branches: git branch -D OTHERS-BRANCH"), "pointless||False\n");
}

TEST(Prove, WhatThePolicySaysOfBypassAndOutsidersCounts) {
  const Bare repo(two_streams("rules: {bypass: block, outsider: block}\n"));
  EXPECT_EQ(repo.of("identity: GIT_STREAM_BYPASS=… git commit"), "pre-commit||False\n");
  EXPECT_EQ(repo.of("identity: git commit in a worktree of no stream"), "pre-commit||False\n");
}

TEST(Prove, AgentsOfOneStream) {
  const Bare repo(R"(version: 1
streams: {F: {name: LLM, agents: {F1: {files: ["llm/s*"]}, F2: {files: ["llm/n*"]}}}}
)");
  EXPECT_EQ(repo.of("commits: git commit -n"), "reference-transaction||False\n");
  EXPECT_EQ(repo.of("identity: the enrolment removed, git commit"), "not stopped||False\n");
  EXPECT_EQ(repo.of("pushes: git push --no-verify COMMIT:BRANCH"), "not stopped||False\n");
}

TEST(Prove, ALargeTreeIsCutDownToWhatIsNeeded) {
  const Bare repo;
  repo.place().must(
      "mkdir many; for i in $(seq 2100); do echo $i; done | (cd many; xargs touch); "
      "git add -A; git commit -q -m Many");
  EXPECT_EQ(repo.of("merges: git merge COMMIT"), "reference-transaction||False\n");
}

TEST(Prove, NothingOfTheCallersEnvironmentCounts) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const Place odd = f1.with("GIT_STREAM_AGENT=F2").with("GIT_STREAM_BYPASS=why");
  EXPECT_THAT(odd.must("git stream doctor --prove --way 'commits: git commit'"),
              testing::ContainsRegex("git commit +pre-commit\n"));
}

}  // namespace
}  // namespace gs::test
