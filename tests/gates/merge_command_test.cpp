// git stream merge as it is called: what it refuses, what it finds, and where it moves the branch.

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kBranchF[] = "feature/stream-F-llm";
constexpr char kBranchE[] = "feature/stream-E-models";

std::string head(const Place& place, const std::string& name) {
  return place.must("git rev-parse -q --verify " + name + " || true").substr(0, id_digits());
}

// What the command for `complete` leaves in the state; `more` are further members of each stream.
void record(const StreamRepo& repo, const std::string& status, const std::string& more = {}) {
  std::string streams;
  for (const auto& [id, branch] : {std::pair{"E", kBranchE}, std::pair{"F", kBranchF}}) {
    const std::string tip = head(repo.owner(), std::string("refs/heads/") + branch);
    if (tip.empty()) continue;
    streams += (streams.empty() ? "" : ", ") + std::string("\"") + id + R"(": {"status": ")" +
               status + R"(", "worktree": "../)" + id + R"(", "branch": ")" + branch +
               R"(", "agents": [], "commit": ")" + tip + "\"" + more + "}";
  }
  repo.write_state("orchestrator_state.json", "{\"streams\": {" + streams + "}}");
}

// A stream's worktree, with this file committed in it.
Place stream(const StreamRepo& repo, const std::string& id, const std::string& file,
             const std::string& content = "mine = 1\n") {
  const Place place = repo.worktree(id, id == "F" ? kBranchF : kBranchE);
  EXPECT_THAT(place.commit(file, content), Commits());
  return place;
}

// Everything that a merge could touch.
std::string all_of(const StreamRepo& repo) {
  return repo.owner().must(
      "git for-each-ref; git worktree list; git status --short; git diff; git diff --cached;"
      "cat .claude/state/orchestrator_state.json; ls -A ..; ls -A");
}

MATCHER_P2(Refuses, reason, next, "refuses to merge F") {
  return arg.status == 1 && arg.output.empty() &&
         testing::ExplainMatchResult(
             AllOf(StartsWith(std::string("git-stream: stream F cannot be merged: ") + reason),
                   HasSubstr(std::string("\n  next: ") + next)),
             arg.errors, result_listener);
}

class MergeCommand : public testing::Test {
 protected:
  void expect_refusal(const std::string& reason, const std::string& next) {
    const std::string before = all_of(repo);
    EXPECT_THAT(repo.owner().sh("git stream merge F"), Refuses(reason, next));
    EXPECT_EQ(all_of(repo), before) << "and touches nothing";
  }
  StreamRepo repo;
};

TEST_F(MergeCommand, NoSuchStream) {
  EXPECT_THAT(repo.owner().sh("git stream merge Q"), Complains(2, "Q"));
  EXPECT_THAT(repo.owner().sh("git stream merge"), Complains(2, "which stream?"));
}

TEST_F(MergeCommand, NotStartedAndNotCompleted) {
  expect_refusal("it is not started", "git stream start F");
  stream(repo, "F", "llm/news.py");
  record(repo, "in_progress");
  expect_refusal("it is not completed", "git stream complete F");
}

TEST_F(MergeCommand, DependenciesFirst) {
  std::string policy = two_streams();
  policy.replace(policy.find("    name: LLM\n"), 14, "    name: LLM\n    depends_on: [E]\n");
  repo.set_policy(policy);
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  expect_refusal("it depends on E, not merged yet", "git stream merge E");
}

TEST_F(MergeCommand, MovedSinceItWasCompleted) {
  const Place f = stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  ASSERT_THAT(f.commit("llm/news.py", "later = 1\n"), Commits());
  expect_refusal("feature/stream-F-llm has moved since it was completed", "git stream complete F");
}

TEST_F(MergeCommand, AnAgentStillWorks) {
  stream(repo, "F", "llm/news.py");
  std::string boot = repo.owner().must("cat /proc/sys/kernel/random/boot_id");
  boot.pop_back();
  const auto run = [&](const std::string& pid) {
    return R"(, "runs": {"F1": {"pid": )" + pid + R"(, "boot_id": ")" + boot +
           R"(", "started_at": "2025-12-06T10:00:00Z"}})";
  };
  record(repo, "completed", run(std::to_string(getpid())));
  expect_refusal("agent-F1 (process " + std::to_string(getpid()) + ") still works on it",
                 "git stream status");
  const std::string ended = repo.owner().must("sh -c 'echo $$'");
  record(repo, "completed", run(ended.substr(0, ended.find('\n'))));
  EXPECT_EQ(repo.owner().sh("git stream merge F").status, 0);
}

TEST_F(MergeCommand, UncommittedWork) {
  const Place f = stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  f.write("llm/news.py", "changed = 1\n");
  expect_refusal("uncommitted work in its worktree " + f.path().string() + ": llm/news.py",
                 "git -C " + f.path().string() + " status");
  f.must("git checkout -q llm/news.py");
  f.write("new/file.txt", "untracked\n");
  expect_refusal("uncommitted work in its worktree " + f.path().string() + ": new/", "git -C");
  f.must("rm -r new; git commit -q --allow-empty --no-verify -m x; git revert --no-commit HEAD");
  record(repo, "completed");
  expect_refusal("a revert is not finished in its worktree", "git -C");
}

TEST_F(MergeCommand, WhatGitIgnoresIsNoWork) {
  const Place f = stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  f.write(".aiignore", "models/\n");
  repo.owner().must("echo '*.log' >> .git/info/exclude");
  f.write("noise.log", "1\n");
  EXPECT_EQ(repo.owner().sh("git stream merge F").status, 0);
  EXPECT_FALSE(f.has(""));
}

TEST_F(MergeCommand, NoIntegrationBranch) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().must(
      "git update-ref refs/remotes/origin/develop develop; git checkout -q -b other;"
      "git branch -q -D develop");
  EXPECT_THAT(repo.owner().sh("git stream merge F"),
              Complains(3, "the integration branch develop is gone, and the policy with it"));
}

TEST_F(MergeCommand, TheIntegrationBranchIsDirtyWhereItIsCheckedOut) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  const std::string place = repo.path().string() + ", where develop is checked out";
  repo.write("setup.py", "changed = 1\n");
  expect_refusal("uncommitted changes in " + place + ": setup.py", "git -C");
  repo.owner().must("git add setup.py");
  expect_refusal("uncommitted changes in " + place + ": setup.py", "git -C");
  repo.owner().must(
      "git reset -q --hard; git checkout -q -b side; git commit -q --allow-empty -m s;"
      "git checkout -q develop; git merge -q --no-ff --no-commit side");
  expect_refusal("a merge is not finished in " + place, "git -C");
}

TEST_F(MergeCommand, TheIntegrationBranchIsCheckedOutTwice) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().must("git worktree add -q --force ../dev develop");
  expect_refusal("develop is checked out in", "git -C");
}

TEST_F(MergeCommand, ANameInTheEnvironmentThatIsNobodys) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  const std::string before = all_of(repo);
  EXPECT_EQ(repo.owner().with("GIT_STREAM_AGENT=Z9").sh("git stream merge F").status, 2);
  EXPECT_EQ(all_of(repo), before);
}

TEST_F(MergeCommand, InTheMidstOfARebaseOfTheIntegrationBranch) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().must(
      "git commit -q --allow-empty -m more;"
      "GIT_SEQUENCE_EDITOR='sed -i 1ibreak' git rebase -q -i HEAD~ 2>/dev/null");
  expect_refusal("a rebase is not finished in", "git -C");
}

TEST_F(MergeCommand, UntrackedFilesInTheWay) {
  stream(repo, "F", "llm/news_extra.py");
  record(repo, "completed");
  repo.write("llm/news_extra.py", "precious\n");
  repo.write("harmless.txt", "stays\n");
  expect_refusal(
      "untracked files in " + repo.path().string() + " would be overwritten: llm/news_extra.py\n",
      "move them away");
  repo.owner().must("rm llm/news_extra.py");
  EXPECT_EQ(repo.owner().sh("git stream merge F").status, 0);
  EXPECT_EQ(repo.read("harmless.txt"), "stays\n");
}

TEST_F(MergeCommand, WhereItIsCheckedOut) {
  const Place f = stream(repo, "F", "llm/news.py", "merged = 1\n");
  record(repo, "completed");
  const std::string develop = head(repo.owner(), "develop"), tip = head(repo.owner(), kBranchF);
  const Said said = repo.owner().sh("git stream merge F");
  EXPECT_EQ(said.output, "stream F is merged into develop (" +
                             head(repo.owner(), "develop").substr(0, 10) +
                             ")\n  removed worktree " + f.path().string() +
                             "\n  removed branch feature/stream-F-llm\n");
  EXPECT_EQ(said.errors, "");
  EXPECT_EQ(repo.owner().must("git log -1 --format='%P %B'"),
            develop + " " + tip + " Merge stream F: LLM\n\n");
  EXPECT_EQ(repo.read("llm/news.py"), "merged = 1\n");
  EXPECT_EQ(repo.owner().must("git status --porcelain"), "");
  EXPECT_EQ(head(repo.owner(), std::string("refs/heads/") + kBranchF), "");
  EXPECT_THAT(repo.log("--action merged"), HasSubstr(kOwner));
  EXPECT_THAT(repo.owner().sh("git stream merge --stream F").output,
              "stream F is merged already\n");
}

TEST_F(MergeCommand, WhereItIsCheckedOutInALinkedWorktree) {
  const Place f = stream(repo, "F", "llm/news.py", "merged = 1\n");
  record(repo, "completed");
  repo.owner().must("git checkout -q -b elsewhere; git worktree add -q ../dev develop");
  EXPECT_EQ(repo.owner().sh("git stream merge F").status, 0);
  EXPECT_EQ(repo.owner().in("../dev").read("llm/news.py"), "merged = 1\n");
  EXPECT_EQ(repo.owner().in("../dev").must("git status --porcelain"), "");
  EXPECT_THAT(repo.read("llm/news.py"), Not(HasSubstr("merged"))) << "the caller's place stays";
}

TEST_F(MergeCommand, WhereItIsCheckedOutNowhere) {
  stream(repo, "F", "llm/news.py", "merged = 1\n");
  record(repo, "completed");
  repo.owner().must("git checkout -q -b elsewhere");
  EXPECT_EQ(repo.owner().sh("git stream merge F").status, 0);
  EXPECT_EQ(repo.owner().must("git show develop:llm/news.py"), "merged = 1\n");
  EXPECT_EQ(repo.owner().must("git status --porcelain"), "");
}

TEST_F(MergeCommand, InABareRepository) {
  stream(repo, "F", "llm/news.py", "merged = 1\n");
  const Place bare = repo.owner().in("../bare.git");
  repo.owner().must("git clone -q --bare . ../bare.git");
  bare.must("git worktree add -q ../F2 feature/stream-F-llm; git stream init");
  bare.write("stream/state/orchestrator_state.json",
             R"({"streams": {"F": {"status": "completed", "worktree": "../F2", "branch": ")" +
                 std::string(kBranchF) + R"(", "commit": ")" + head(bare, kBranchF) + "\"}}}");
  const Said said = bare.sh("git stream merge F");
  EXPECT_THAT(said.output, HasSubstr("stream F is merged into develop")) << said.errors;
  EXPECT_EQ(bare.must("git show develop:llm/news.py"), "merged = 1\n");
  EXPECT_FALSE(bare.has("../F2"));
}

TEST_F(MergeCommand, NothingToMerge) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().must(std::string("git merge -q --ff-only ") + kBranchF);
  const std::string before = head(repo.owner(), "develop");
  EXPECT_THAT(repo.owner().sh("git stream merge F").output,
              StartsWith("stream F is merged: develop had all of it\n"));
  EXPECT_EQ(head(repo.owner(), "develop"), before);
}

// git removes no worktree that ever had a submodule checked out.
TEST_F(MergeCommand, AWorktreeWithSubmodulesGoesWhenAllOfThemIsElsewhere) {
  const std::string git = "git -c protocol.file.allow=always ";
  const Place owner = repo.owner(), f = owner.in("../repo-stream-F");
  owner.must("git init -q -b main ../lib; cd ../lib; echo a >a; git add a; git commit -q -m a");
  owner.must(git + "submodule --quiet add $PWD/../lib docs/lib; git commit -q -m Sub");
  owner.must("git stream start F >/dev/null 2>&1");
  f.must(git + "submodule --quiet update --init");
  f.must("echo 'x = 1' >>llm/sentiment.py; git commit -q -a -m x");
  const std::string finish = "git stream complete F >/dev/null && git stream merge F 2>&1";
  const auto kept = [&](const std::string& work, const std::string& undo) {
    f.must(work);
    const std::string said = owner.must(finish);
    EXPECT_THAT(said, HasSubstr("kept worktree")) << work;
    EXPECT_THAT(said, HasSubstr("docs/lib")) << work;
    EXPECT_TRUE(f.has("docs/lib/a")) << work;
    f.must(undo);
    f.must("echo 'x = 2' >>llm/sentiment.py; git commit -q -a -m x");
  };
  kept("cd docs/lib; echo b >a; git stash -q", "cd docs/lib; git stash drop -q");
  kept("cd docs/lib; git checkout -q -b own; git commit -q --allow-empty -m own; git checkout -q -",
       "cd docs/lib; git branch -q -D own");
  EXPECT_THAT(owner.must(finish), Not(HasSubstr("kept")));
  EXPECT_FALSE(f.has("."));
}

TEST_F(MergeCommand, SaysWhatWouldHappen) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  const std::string before = all_of(repo);
  EXPECT_THAT(repo.owner().sh("git stream merge F --dry-run").output,
              "stream F can be merged into develop: 1 file would change\n");
  EXPECT_EQ(all_of(repo), before);
}

TEST_F(MergeCommand, SeveralStopAtTheFirstThatCannot) {
  stream(repo, "E", "models/risk.py");
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().in("../E").write("left.txt", "1\n");
  const Said said = repo.owner().sh("git stream merge F,E");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.output, "");
  EXPECT_THAT(said.errors, HasSubstr("git-stream: stream F was not tried\n"));
  repo.owner().must("rm ../E/left.txt; git stream merge --streams F,E");
  EXPECT_EQ(repo.owner().must("git log --first-parent --format=%s -2"),
            "Merge stream F: LLM\nMerge stream E: Models\n");
}

TEST_F(MergeCommand, TwoAtOnceLoseNone) {
  stream(repo, "E", "models/risk.py");
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().must(
      "git stream merge E > ../e.out 2>&1 & first=$!; git stream merge F; wait $first");
  EXPECT_EQ(repo.owner().must("git log --first-parent --format=%s develop | grep -c '^Merge'"),
            "2\n");
  EXPECT_EQ(repo.owner().must("git status --porcelain"), "");
  EXPECT_EQ(repo.owner().must("git worktree list | wc -l"), "1\n");
}

TEST_F(MergeCommand, KeepsWhatItIsToldToKeep) {
  const Place f = stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  EXPECT_THAT(repo.owner().sh("git stream merge F --keep").output, HasSubstr("  kept --keep\n"));
  EXPECT_TRUE(f.has("llm/news.py"));
  f.write("late.txt", "work\n");
  EXPECT_THAT(
      repo.owner().sh("git stream merge F").output,
      HasSubstr("kept worktree " + f.path().string() + ": it has uncommitted work: late.txt"));
  f.must("rm late.txt; git commit -q --allow-empty -m later");
  EXPECT_THAT(repo.owner().sh("git stream merge F"),
              Complains(1,
                        "feature/stream-F-llm has commits that are not in develop, since it was "
                        "merged"));
  EXPECT_TRUE(f.has("llm/news.py"));
}

TEST_F(MergeCommand, TheWorktreeInWhichOneStandsIsKept) {
  const Place f = stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  EXPECT_THAT(f.in("llm").sh("git stream merge F").output,
              HasSubstr("kept worktree " + f.path().string() + ": you are in it"));
  EXPECT_TRUE(f.has("llm/news.py"));
  EXPECT_THAT(repo.owner().sh("git stream merge F").output, HasSubstr("removed worktree"));
}

TEST_F(MergeCommand, ALockedWorktreeIsKept) {
  const Place f = stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.owner().must("git worktree lock --reason 'on a stick' ../F");
  EXPECT_THAT(repo.owner().sh("git stream merge F").output,
              AllOf(HasSubstr("kept worktree " + f.path().string()), HasSubstr("on a stick")));
  EXPECT_TRUE(f.has("llm/news.py"));
}

TEST_F(MergeCommand, AStreamsOwnBreachesAreFoundAgain) {
  const Place f = repo.worktree("F", kBranchF);
  f.write("models/risk.py", "mine = 1\n");
  f.unjudged("commit -a -m smuggled");
  record(repo, "completed");
  const std::string before = all_of(repo);
  const Said said = repo.owner().sh("git stream merge F");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors,
              AllOf(StartsWith("git-stream: merge blocked for stream F\n  models/risk.py: scope: "
                               "belongs to agent-E1 (stream E) (in "),
                    HasSubstr("\n  next: git -C " + f.path().string() + " merge develop")));
  EXPECT_EQ(all_of(repo), before);
  EXPECT_THAT(repo.log("--action blocked"), HasSubstr("merge"));
  const Said passed = repo.owner().with("GIT_STREAM_BYPASS=agreed").sh("git stream merge F");
  EXPECT_EQ(passed.status, 0);
  EXPECT_THAT(passed.errors, "git-stream: bypassed for stream F: agreed\n");
  EXPECT_THAT(repo.log("--action bypassed"), HasSubstr("agreed"));
}

TEST_F(MergeCommand, ABrokenImportStopsIt) {
  stream(repo, "F", "llm/news.py", "import models.risk\n");
  repo.owner().must("git mv models/risk.py models/danger.py; git commit -q -m move");
  record(repo, "completed");
  const Said said = repo.owner().sh("git stream merge F");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("  llm/news.py:1: imports: imports models.risk, which is not "
                                     "there; last changed by Ada Lovelace ("));
}

TEST_F(MergeCommand, SignsWhereCommitsAreSigned) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.write("../sign",
             "#!/bin/sh\ncat >/dev/null\necho '-----BEGIN PGP SIGNATURE-----'\n"
             "printf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n");
  repo.owner().must(
      "chmod +x ../sign; git config gpg.program \"$PWD/../sign\";"
      "git config commit.gpgSign true; git stream merge F");
  EXPECT_THAT(repo.owner().must("git cat-file -p develop"), HasSubstr(" -----BEGIN PGP"));
}

TEST_F(MergeCommand, RunsTheRepositorysHooksButNotAsAnAgent) {
  stream(repo, "F", "llm/news.py");
  record(repo, "completed");
  repo.write(".git/hooks/post-merge", "#!/bin/sh\necho \"merged by ${GIT_STREAM_AGENT-nobody}\"\n");
  repo.owner().must("chmod +x .git/hooks/post-merge");
  EXPECT_EQ(repo.owner().with("GIT_STREAM_AGENT=E1").sh("git stream merge F").errors,
            "merged by nobody\n");
}

TEST_F(MergeCommand, AMergeDriverOfTheRepositoryDecides) {
  repo.write(".gitattributes", "*.py merge=ours-and-theirs\n");
  repo.commit_all("Attributes");
  repo.owner().must("git config merge.ours-and-theirs.driver 'cat %B >> %A'");
  stream(repo, "F", "llm/news.py", "theirs = 1\n");
  repo.write("llm/news.py", "ours = 1\n");
  repo.owner().must("git commit -q -a -m ours; git checkout -q -b elsewhere");
  record(repo, "completed");
  EXPECT_EQ(repo.owner().sh("git stream merge F").status, 0);
  EXPECT_EQ(repo.owner().must("git show develop:llm/news.py"), "ours = 1\ntheirs = 1\n");
}

TEST_F(MergeCommand, AnswersInJson) {
  stream(repo, "F", "llm/news.py", "import models.risk\n");
  repo.owner().must("git rm -q models/risk.py; git commit -q -m gone");
  record(repo, "completed");
  const std::string command = "merge F --dry-run";
  EXPECT_THAT(
      json_of(repo.owner(), command,
              R"([(m["stream"], m["outcome"], m["findings"][0]["file"]) for m in d["merges"]])"),
      "[('F', 'blocked', 'llm/news.py')]\n");
}

struct ConflictCase {
  const char* name;
  const char* start;   // shell in the main worktree, before the stream leaves it
  const char* ours;    // on develop
  const char* theirs;  // in the stream's worktree
  const char* path;
  const char* kind;
};

void PrintTo(const ConflictCase& clash, std::ostream* out) {
  *out << clash.name;
}

class MergeConflicts : public testing::TestWithParam<ConflictCase> {};

TEST_P(MergeConflicts, AreNamedAndTouchNothing) {
  const StreamRepo repo;
  const ConflictCase& clash = GetParam();
  const auto commit = [](const Place& place, const std::string& script) {
    place.must(script + "\ngit add -A; git commit -q --no-verify --allow-empty -m change");
  };
  commit(repo.owner(), clash.start);
  const Place f = repo.worktree("F", kBranchF);
  commit(f, clash.theirs);
  commit(repo.owner(), clash.ours);
  record(repo, "completed");
  const std::string before = all_of(repo);
  const Said said = repo.owner().sh("git stream merge F");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr(std::string("\n  ") + clash.path + ": conflict (" +
                                     clash.kind + "): develop: Ada Lovelace ("));
  EXPECT_THAT(said.errors, HasSubstr("; feature/stream-F-llm: "));
  EXPECT_THAT(said.errors, Not(HasSubstr("unchanged")));
  EXPECT_THAT(said.errors, HasSubstr("\n  next: git -C " + f.path().string() +
                                     " merge develop, mend "
                                     "it, commit, then git stream complete F\n"));
  EXPECT_EQ(all_of(repo), before);
  repo.owner().sh("git merge -q feature/stream-F-llm");
  EXPECT_NE(repo.owner().must("git ls-files -u"), "") << "git finds them as well";
}

constexpr ConflictCase kClashes[] = {
    {"Content", ":", "echo 1 > llm/news.py", "echo 2 > llm/news.py", "llm/news.py", "content"},
    {"ModifyDelete", ":", "git rm -q llm/news.py", "echo 2 > llm/news.py", "llm/news.py",
     "modify/delete"},
    {"RenameRename", ":", "git mv llm/news.py llm/a.py", "git mv llm/news.py llm/b.py",
     "llm/news.py", "rename/rename"},
    {"AddAdd", ":", "echo 1 > llm/new.py", "echo 2 > llm/new.py", "llm/new.py", "add/add"},
    {"FileDirectory", ":", "echo 1 > llm/new", "mkdir llm/new; echo 2 > llm/new/x.py", "llm/new",
     "file/directory"},
    {"Binary", "printf 'a\\0a' > llm/blob", "printf 'b\\0b' > llm/blob",
     "printf 'c\\0c' > llm/blob", "llm/blob", "binary"},
    {"Symlink", "ln -s a llm/link", "ln -sf b llm/link", "ln -sf c llm/link", "llm/link",
     "content"},
    {"Submodule",
     "git init -q sub; git -C sub commit -q --allow-empty -m 1; git add sub 2>/dev/null",
     "git -C sub commit -q --allow-empty -m 2",
     "git init -q sub; git -C sub commit -q --allow-empty -m 3", "sub",
     "submodule history not available"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, MergeConflicts, testing::ValuesIn(kClashes),
                         [](const auto& clash) { return std::string(clash.param.name); });

}  // namespace
}  // namespace gs::test
