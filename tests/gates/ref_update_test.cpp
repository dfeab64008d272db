// Ways to put a commit on a branch that pre-commit does not see: the guilty is stopped when the
// branch moves, the innocent never.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A commit that changes models/risk.py, on no branch.
std::string evil(const Place& place, const std::string& parents = "-p HEAD") {
  const std::string id = place.must(
      "export GIT_INDEX_FILE=\"$PWD/../evil-index\"; git read-tree HEAD; "
      "blob=$(echo evil = 1 | git hash-object -w --stdin); "
      "git update-index --cacheinfo 100644,$blob,models/risk.py; "
      "git commit-tree " +
      parents + " -m evil $(git write-tree); rm ../evil-index");
  return id.substr(0, id.find('\n'));
}

struct RefUpdate : testing::Test {
  StreamRepo repo;
  Place f1 = repo.agent("F1");
  std::string tip(const std::string& ref) const {
    return repo.try_git({"rev-parse", "-q", "--verify", ref}).output;
  }
  // `file` with one more line, committed with all hooks.
  static void work(const Place& place, const std::string& file = "llm/sentiment.py",
                   const std::string& message = "Work") {
    ASSERT_EQ(place
                  .sh("echo '" + message + "' >> " + file + "; git add -A; git commit -q -m '" +
                      message + "'")
                  .errors,
              "");
  }
};

TEST_F(RefUpdate, NoVerify) {
  f1.write("models/risk.py", "mine = 1\n");
  const Said said = f1.sh("git commit -q -a --no-verify -m m");
  EXPECT_THAT(said, Stops(kUpdate, kF1, kRisk));
  EXPECT_THAT(said.errors,
              testing::ContainsRegex("    next: git show [0-9a-f]{10} -- models/risk.py\n"));
  EXPECT_THAT(repo.log("--agent F1"), HasSubstr("gate=reference-transaction commits=[\""));
  f1.must("git checkout -q HEAD -- models/risk.py");
  f1.write("llm/sentiment.py", "mine = 1\n");
  EXPECT_THAT(f1.sh("git commit -q -a --no-verify -m m"), Commits());
}

TEST_F(RefUpdate, CherryPickAndRevert) {
  work(repo.owner(), "models/risk.py");
  work(repo.owner());
  f1.must("git cherry-pick develop >/dev/null");
  f1.must("git revert --no-edit HEAD >/dev/null");
  f1.must("git merge -q -m merged develop");
  EXPECT_THAT(f1.sh("git revert --no-edit develop~1 >/dev/null"), Stops(kUpdate, kF1, kRisk));
  f1.must("git revert --abort 2>/dev/null || git reset -q --hard");
  const std::string scratch = evil(repo.owner());
  EXPECT_THAT(f1.sh("git cherry-pick " + scratch + " >/dev/null"), Stops(kUpdate, kF1, kRisk));
}

TEST_F(RefUpdate, CommitsThatRunPostCommitAreLogged) {
  work(repo.owner());
  f1.must("git cherry-pick develop >/dev/null");
  EXPECT_THAT(repo.log("--agent F1 --action committed"), HasSubstr("branch=work-F1: Work\n"));
}

TEST_F(RefUpdate, Rebase) {
  work(f1);
  work(repo.owner(), "models/risk.py", "Theirs");
  work(repo.owner(), "unowned.py", "Nobodys");
  f1.must("git rebase -q develop");
  EXPECT_EQ(f1.must("git log --format=%s -3"), "Work\nNobodys\nTheirs\n");
  EXPECT_EQ(repo.locks(), "");
  const std::string before = tip("work-F1");
  const Said said = f1.sh(
      "git rebase -q -f HEAD~1 --exec 'echo 1 > models/risk.py; git commit -q -n -a -m evil'");
  EXPECT_THAT(said.errors, HasSubstr(kRisk[0]));
  EXPECT_THAT(said.errors, HasSubstr("    next: git rebase --abort\n"));
  EXPECT_EQ(tip("work-F1"), before);
  f1.must("git rebase --abort");
  EXPECT_EQ(f1.must("git status --porcelain"), "");
}

TEST_F(RefUpdate, ApplyMailbox) {
  const std::string scratch = evil(f1);
  f1.must("git format-patch -q -1 -o .. " + scratch);
  EXPECT_THAT(f1.sh("git am -q ../0001-evil.patch"), Stops(kUpdate, kF1, kRisk));
  f1.must("git am --abort");
  work(f1);
  f1.must("git format-patch -q -1 -o ..; git reset -q --hard HEAD~; git am -q ../0001-Work.patch");
  EXPECT_EQ(f1.must("git log -1 --format=%s"), "Work\n");
}

TEST_F(RefUpdate, Plumbing) {
  const std::string bad = evil(f1), before = tip("work-F1");
  for (const std::string& command :
       {"git update-ref refs/heads/work-F1 " + bad, "git update-ref HEAD " + bad,
        "git update-ref refs/heads/scratch " + bad, "git branch scratch " + bad,
        "git branch -f work-E1 " + bad, "git reset -q --hard " + bad,
        "git checkout -q -b scratch " + bad, "git switch -q -c scratch " + bad,
        "git worktree add -q ../more -b scratch " + bad, "git merge -q --ff-only " + bad,
        "git fetch -q . " + bad + ":refs/heads/scratch",
        "git push -q --no-verify . " + bad + ":refs/heads/scratch",
        "printf 'create refs/tags/t %s\\ncreate refs/heads/scratch %s\\n' " + bad + " " + bad +
            " | git update-ref --stdin"}) {
    const Said said = f1.sh(command);
    EXPECT_THAT(said.errors, HasSubstr("ref update blocked for agent-F1 (stream F)\n  " + kRisk[0] +
                                       "\n    next: git "))
        << command;
    EXPECT_NE(said.status, 0) << command;
    EXPECT_EQ(tip("scratch"), "") << command;
  }
  EXPECT_EQ(tip("work-F1"), before);
  EXPECT_EQ(tip("t"), "") << "refs move together";
}

TEST_F(RefUpdate, ThroughASymbolicBranch) {
  f1.must("git symbolic-ref refs/heads/alias refs/heads/work-F1");
  EXPECT_THAT(f1.sh("git update-ref refs/heads/alias " + evil(f1)), Stops(kUpdate, kF1, kRisk));
}

// git before 2.46 makes symbolic refs without asking a hook: what they lead to has not been judged.
TEST_F(RefUpdate, ASymbolicRefMakesNothingAnotherStreamsWork) {
  const std::string bad = evil(f1);
  f1.must("git tag t " + bad +
          "; git symbolic-ref refs/heads/feature/stream-E-x refs/tags/t ||:; "
          "git symbolic-ref refs/heads/feature/stream-E-y refs/heads/feature/stream-E-x ||:");
  EXPECT_THAT(f1.sh("git merge -q --ff-only t"), Stops(kUpdate, kF1, kRisk));
}

TEST_F(RefUpdate, SeveralCommitsAreNamed) {
  const std::string first = evil(f1);
  const std::string second = evil(f1, "-p $(git commit-tree -p " + first + " -m undo HEAD^{tree})");
  const Said said = f1.sh("git reset -q --hard " + second);
  EXPECT_THAT(said.errors, HasSubstr(kRisk[0] + " (in " + first.substr(0, 10) + ")\n"));
  EXPECT_THAT(said.errors, HasSubstr(kRisk[0] + " (in " + second.substr(0, 10) + ")\n"));
  EXPECT_THAT(said.errors,
              HasSubstr("    next: git show " + first.substr(0, 10) + " -- models/risk.py\n"));
}

TEST_F(RefUpdate, AScratchBranchIsNoExcuse) {
  f1.must("git checkout -q -b scratch; echo 1 > models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -n -a -m m"), Stops(kUpdate, kF1, kRisk));
}

TEST_F(RefUpdate, ADetachedHeadIsNoBranchUntilItIsOne) {
  f1.must("git checkout -q --detach; echo 1 > models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -n -a -m m"), Commits());
  EXPECT_THAT(f1.sh("git branch scratch"), Stops(kUpdate, kF1, kRisk));
  EXPECT_THAT(f1.sh("git checkout -q -B work-F1"), Stops(kUpdate, kF1, kRisk));
}

TEST_F(RefUpdate, AnotherStreamsBranch) {
  const Place e = repo.worktree("E", "feature/stream-E-risk");
  e.must("git stream install --stream E");
  work(e, "models/risk.py");
  EXPECT_THAT(f1.sh("git branch -f mine feature/stream-E-risk"), Silent()) << "judged elsewhere";
  EXPECT_THAT(f1.sh("git update-ref refs/heads/feature/stream-E-new " + evil(f1)),
              Stops(kUpdate, kF1, kRisk))
      << "whose branch it is does not count in an enrolled worktree";
  work(f1);
  EXPECT_THAT(f1.sh("git update-ref refs/heads/feature/stream-E-new HEAD"), Silent());
}

TEST_F(RefUpdate, AnUnenrolledWorktree) {
  const Place owner = repo.owner();
  const std::string bad = evil(owner);
  EXPECT_THAT(owner.sh("git branch scratch " + bad), Silent()) << "of no stream: not judged";
  EXPECT_THAT(owner.sh("git branch feature/stream-F-llm " + bad),
              Stops(kUpdate, "stream F", kRisk));
  EXPECT_THAT(owner.sh("git branch feature/stream-E-risk " + bad), Silent()) << "its own";
  owner.must("git branch -q -D feature/stream-E-risk scratch");
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  const std::string again = "-p HEAD -m again";  // not the commit that was E's
  f.write("models/risk.py", "mine = 1\n");
  EXPECT_THAT(f.sh("git commit -q -n -a -m m"), Stops(kUpdate, "stream F", kRisk));
  EXPECT_THAT(f.sh("printf 'update refs/heads/feature/stream-F-llm %s\\nupdate "
                   "refs/heads/feature/stream-E-risk %s\\n' " +
                   evil(f, again) + " " + evil(f, again) + " | git update-ref --stdin"),
              Stops(kUpdate, "stream F", kRisk));
}

TEST_F(RefUpdate, AnAgentOfTheEnvironmentIsEnrolled) {
  const Place owner = repo.owner().with("GIT_STREAM_AGENT=F2");
  EXPECT_THAT(owner.sh("git branch scratch " + evil(owner)), Stops(kUpdate, kF2, kRisk));
  EXPECT_THAT(repo.owner().with("GIT_STREAM_AGENT=F7").sh("git branch other " + evil(owner)).errors,
              HasSubstr("reference-transaction cannot judge: GIT_STREAM_AGENT: no agent 'F7'"));
}

TEST_F(RefUpdate, WhatBringsNothingIsSilent) {
  work(f1);
  for (const char* command :
       {"git tag t", "git tag -a -m note u", "git notes add -m note", "git branch other",
        "git branch -m other another", "git branch -D another -q", "git reset -q --hard HEAD~1",
        "git reset -q --hard ORIG_HEAD", "git pack-refs --all", "git gc -q", "git pack-refs --all",
        "git checkout -q --detach; git checkout -q -", "git update-ref refs/other/x HEAD",
        "git worktree add -q -b third ../third develop", "git bisect start -q HEAD develop || true",
        "git symbolic-ref refs/heads/alias refs/heads/third"}) {
    EXPECT_EQ(f1.sh(std::string(command) + " >/dev/null").errors.find("git-stream"),
              std::string::npos)
        << command;
  }
  f1.must(
      "git bisect reset >/dev/null 2>&1; echo 1 > models/risk.py; git stash -q; git stash pop -q");
}

TEST_F(RefUpdate, ManyRefs) {
  work(f1);
  f1.must("git stream lock docs/guide.md");
  const std::string script =
      "for i in $(seq 1000); do echo create refs/heads/many/$i %s; done | git update-ref --stdin";
  const auto all = [&](const std::string& id) {
    std::string text = script;
    return text.replace(text.find("%s"), 2, id);
  };
  const std::string errors = f1.sh(all(evil(f1))).errors;
  EXPECT_THAT(errors, HasSubstr(kRisk[0]));
  EXPECT_EQ(errors.find(kRisk[0]), errors.rfind(kRisk[0])) << "said once";
  EXPECT_THAT(f1.sh(all("work-F1")), Silent());
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
}

TEST_F(RefUpdate, TheFirstCommit) {
  f1.must("git checkout -q --orphan fresh; echo 1 > models/risk.py; git add models");
  const Said said = f1.sh("git commit -q -n -m m");
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.errors,
              HasSubstr("ref update blocked for agent-F1 (stream F)\n  .streams.yaml"));
}

// The stream's branch holds what its other agent has made.
TEST_F(RefUpdate, RewritingDoesNotMakeItOnesOwn) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  work(f.with("GIT_STREAM_AGENT=F1"));
  const Place f2 = f.with("GIT_STREAM_AGENT=F2");
  work(repo.owner(), "models/risk.py", "Theirs");
  EXPECT_THAT(f2.sh("git rebase -q develop").errors, "");
  f2.must("echo 1 >> llm/news.py; git add -A");
  EXPECT_THAT(f2.sh("git commit -q --amend -m amended").errors, "");
  EXPECT_THAT(f2.sh("git checkout -q -b aside").errors, "") << "nor is a branch of it";
  f2.must("git checkout -q -; echo 1 >> llm/sentiment.py; git add -A");
  EXPECT_THAT(
      f2.sh("git commit -q -n --amend -m amended"),
      Stops(kUpdate, kF2, Findings{"llm/sentiment.py: scope: belongs to agent-F1 (stream F)"}));
}

TEST_F(RefUpdate, UndoingAColleaguesWorkIsAChange) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  work(f.with("GIT_STREAM_AGENT=F1"));
  EXPECT_THAT(
      f.with("GIT_STREAM_AGENT=F2").sh("git revert --no-edit HEAD >/dev/null"),
      Stops(kUpdate, kF2, Findings{"llm/sentiment.py: scope: belongs to agent-F1 (stream F)"}));
}

TEST(RefUpdateNote, APassedCommitIsNotJudgedTwice) {
  const StreamRepo repo(two_streams("rules: {scope: warn}\n"));
  const Place f1 = repo.agent("F1");
  f1.write("models/risk.py", "mine = 1\n");
  for (const char* command : {"git commit -q -a -m m", "git commit -q --amend -m again",
                              "git commit -q --amend --no-verify -m 'and again'"}) {
    const std::string errors = f1.sh(command).errors;
    EXPECT_EQ(errors.find("warnings for"), errors.rfind("warnings for")) << command;
  }
  f1.write("models/risk.py", "mine = 2\n");
  const std::string errors = f1.sh("git commit -q -n -a -m m").errors;
  EXPECT_THAT(
      errors,
      HasSubstr(
          "git-stream: warnings for agent-F1 (stream F)\n  models/risk.py: warning: scope: "));
}

TEST_F(RefUpdate, WhatPassedIsNoPassForAnythingElse) {
  f1.must("echo 1 >> llm/sentiment.py; git add -A");
  EXPECT_NE(f1.sh("git commit -q -m ''").status, 0) << "judged, but not made";
  f1.must("echo 1 > models/risk.py; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -n -m m"), Stops(kUpdate, kF1, kRisk));
  f1.must("git reset -q --hard; echo 1 >> docs/guide.md; git add -A");
  EXPECT_NE(f1.with("GIT_STREAM_BYPASS=once")
                .sh("echo 1 > models/risk.py; git add -A; git commit -qm ''")
                .status,
            0);
  EXPECT_THAT(f1.sh("git commit -q -n -m m"), Stops(kUpdate, kF1, kRisk)) << "nor is a bypass";
}

TEST_F(RefUpdate, AStaleCommitDoesNotLand) {
  const Place e1 = repo.agent("E1");
  f1.must("git stream lock docs/guide.md --ttl 1s; echo 1 >> docs/guide.md; git add -A; sleep 1.1");
  // While F1 writes the message, E1 takes the lock.
  f1.write("../editor.sh",
           "#!/bin/sh\nunset $(git rev-parse --local-env-vars)\n"
           "cd '" +
               e1.path().string() +
               "' && git stream lock docs/guide.md "
               "--task Mine >/dev/null\necho message > \"$1\"\n");
  f1.must(
      "chmod +x ../editor.sh; sed -i 's|\"$1\"|\"$message\"|; 2i message=$(realpath \"$1\")' "
      "../editor.sh");
  EXPECT_THAT(
      f1.with("GIT_EDITOR=" + f1.path().string() + "/../editor.sh").sh("git commit -q"),
      Stops(kUpdate, kF1, Findings{"docs/guide.md: lock: held by agent-E1 until TIME: Mine"}));
}

TEST_F(RefUpdate, NobodysPathsAreLocked) {
  f1.must("echo 1 >> setup.py; git commit -q -n -a -m m");
  EXPECT_THAT(repo.locks(), HasSubstr("setup.py"));
  const Place e1 = repo.agent("E1");
  e1.write("setup.py", "2\n");
  EXPECT_THAT(e1.sh("git commit -q -n -a -m m"),
              Stops(kUpdate, kE1, Findings{"setup.py: lock: held by agent-F1 until TIME"}));
}

TEST_F(RefUpdate, Bypass) {
  const Place person = f1.with("GIT_STREAM_BYPASS=agreed with E");
  f1.write("models/risk.py", "mine = 1\n");
  const Said said = person.sh("git commit -q -a -m m");
  EXPECT_EQ(said.errors, "git-stream: bypassed for agent-F1 (stream F): agreed with E\n");
  EXPECT_THAT(repo.log("--action committed"), HasSubstr("bypass=agreed with E"));
  f1.write("models/risk.py", "mine = 2\n");
  EXPECT_TRUE(person.sh("git commit -q -n -a -m m").moved);
  EXPECT_THAT(repo.log("--action bypassed"), HasSubstr("gate=reference-transaction commits=[\""));
  repo.set_policy(two_streams("rules: {bypass: block}\n"));
  f1.write("models/risk.py", "mine = 3\n");
  EXPECT_THAT(person.sh("git commit -q -n -a -m m").errors,
              HasSubstr("the policy allows no bypass\ngit-stream: ref update blocked"));
}

TEST_F(RefUpdate, ABrokenPolicyBlocksButTheRepairPasses) {
  work(f1);
  const std::string bad = evil(f1);
  repo.set_policy("{");
  const Place owner = repo.owner();
  EXPECT_THAT(f1.sh("git reset -q --hard " + bad).errors,
              HasSubstr("git-stream: reference-transaction cannot judge: develop:.streams.yaml:"));
  EXPECT_EQ(f1.must("git rev-parse HEAD"), tip("work-F1"));
  EXPECT_THAT(f1.sh("git reset -q --hard HEAD~1; git checkout -q -b aside develop"), Silent());
  EXPECT_THAT(owner.sh("git branch scratch " + bad).errors, HasSubstr("cannot judge"));
  EXPECT_THAT(owner.sh("git checkout -q -b repair; git checkout -q develop"), Silent());
  owner.write("README", "1\n");
  EXPECT_TRUE(owner.sh("git add README; git commit -q -n -m m").moved) << "nobody's branch";
  owner.write(".streams.yaml", two_streams());
  owner.must("git checkout -q repair; git commit -q -a -m Repair");
  owner.must("git checkout -q develop; git merge -q -m merged repair");
  EXPECT_THAT(f1.sh("git branch scratch2 " + bad).errors, HasSubstr(kRisk[0]));
}

TEST_F(RefUpdate, BrokenStateBlocks) {
  const std::string bad = evil(f1);
  repo.write_state("file_locks.json", "{");
  const Said said = f1.sh("git update-ref refs/heads/work-F1 " + bad);
  EXPECT_THAT(said.errors, HasSubstr("reference-transaction cannot judge: "));
  EXPECT_THAT(said.errors, HasSubstr("next: git stream init --repair\n"));
  EXPECT_THAT(repo.owner().sh("git branch scratch " + bad), Silent()) << "of no stream";
  f1.must("git stream init --repair");
  EXPECT_THAT(f1.sh("git update-ref refs/heads/work-F1 " + bad), Stops(kUpdate, kF1, kRisk));
}

TEST(RefUpdates, WithoutAPolicyNobodyIsStopped) {
  const TempRepo repo;
  repo.write("a", "1\n");
  repo.commit_all("Start");
  const Place owner(repo, repo.path());
  owner.must("git stream install >/dev/null");
  EXPECT_THAT(owner.sh("git checkout -q -b feature/stream-F-x"), Silent());
  EXPECT_THAT(owner.commit("b"), Commits());
}

TEST_F(RefUpdate, OtherPhasesAndRefsOpenNoRepository) {
  const std::string program = GS_BUILD_DIR "/libexec/git-stream/reference-transaction";
  const Place nowhere(repo, repo.folder());
  const std::string line = "echo 0 1 refs/heads/x | ", id(id_digits(), '1');
  for (const char* phase : {"committed", "aborted", "preparing", "", "prepared-2"})
    EXPECT_THAT(nowhere.sh(line + program + " " + phase), Silent()) << phase;
  EXPECT_THAT(nowhere.sh("echo " + id + " " + id + " refs/tags/x | " + program + " prepared"),
              Silent());
  EXPECT_EQ(nowhere.sh("echo " + id + " " + id + " refs/heads/x | " + program + " prepared").status,
            3);
}

TEST_F(RefUpdate, TheCommandsOfStreamsAreNeverInTheWay) {
  work(f1);
  EXPECT_EQ(repo.owner().sh("git stream start E >/dev/null").errors, "");
  const Place e = f1.in("../repo-stream-E");
  ASSERT_TRUE(e.has("models"));
  work(e.with("GIT_STREAM_AGENT=E1"), "models/risk.py");
  e.must("git stream complete E >/dev/null 2>&1");
  work(repo.owner(), "setup.py", "Meanwhile");
  const Said said = f1.sh("git stream merge E --keep-worktree 2>&1 || git stream merge E 2>&1");
  EXPECT_EQ(said.status, 0) << said.output;
  EXPECT_THAT(repo.git({"log", "--format=%s", "develop"}), HasSubstr("Work"));
}

}  // namespace
}  // namespace gs::test
