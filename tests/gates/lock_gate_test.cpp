// Locks as the commit gate sees them.

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Findings held(const std::string& path, const std::string& more = {}) {
  return {path + ": lock: held by agent-F1 until TIME" + more};
}

TEST(LockGate, AnothersLockBlocksASharedPath) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md --task 'Write the guide'");
  EXPECT_THAT(f2.commit("docs/guide.md"), Blocks(kF2, held("docs/guide.md", ": Write the guide")));
  EXPECT_THAT(f1.commit("docs/guide.md"), Commits());
}

TEST(LockGate, SaysExactlyWhatTheContractShows) {
  const StreamRepo repo;
  repo.agent("F1").must(
      "git stream lock docs/guide.md --ttl 35m --task 'Consolidate sentiment to package'");
  const Said said = repo.agent("F2").commit("docs/guide.md");
  EXPECT_THAT(said.errors, testing::MatchesRegex(
                               "git-stream: commit blocked for agent-F2 \\(stream F\\)\n"
                               "  docs/guide.md: lock: held by agent-F1 until [^(]+ \\(35 min\\): "
                               "Consolidate sentiment to package\n"
                               "    next: git stream lock --wait 40m docs/guide.md\n"));
}

TEST(LockGate, BothRulesAtOnePathAreBothSaid) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock llm/sentiment.py");
  EXPECT_THAT(repo.agent("F2").commit("llm/sentiment.py"),
              Blocks(kF2, Findings{"llm/sentiment.py: scope: belongs to agent-F1 (stream F)",
                                   "llm/sentiment.py: lock: held by agent-F1 until TIME"}));
}

TEST(LockGate, AnExpiredLockDoesNotBlock) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  repo.agent("F1").must("git stream lock --ttl 1s docs/guide.md; sleep 1.1");
  EXPECT_THAT(f2.commit("docs/guide.md"), Commits());
}

TEST(LockGate, AnExpiredLockOnAnUnownedPathIsTakenOverAndLogged) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  repo.agent("F1").must("git stream lock --ttl 1s setup.py; sleep 1.1");
  EXPECT_THAT(f2.commit("setup.py"), Commits());
  EXPECT_EQ(repo.locks(), "setup.py  agent-F2  until TIME  (automatic)\n");
  EXPECT_THAT(repo.log("--action expired"),
              HasSubstr("agent-F2   expired    setup.py holder=agent-F1"));
}

TEST(LockGate, TheHoldersCommitRenewsItsLocks) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git stream lock --ttl 10m docs/guide.md");
  const std::string expires = "d['locks'][0]['expires']", before = json_of(f1, "locks", expires);
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_GT(json_of(f1, "locks", expires), before) << "as long again as the policy says";
  EXPECT_THAT(repo.log("--action committed --json"), HasSubstr("\"locks_renewed\": 1"));
}

TEST(LockGate, AnUnownedPathIsLockedByItself) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  EXPECT_THAT(f1.commit("setup.py"), Commits());
  EXPECT_EQ(repo.locks(), "setup.py  agent-F1  until TIME  (automatic)\n");
  EXPECT_THAT(f2.commit("setup.py"), Blocks(kF2, held("setup.py")));
  f1.must("git stream unlock --all");
  EXPECT_THAT(f2.sh("git commit -q -m m"), Commits());
}

TEST(LockGate, OnlyACommitThatPassesTakesLocks) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("setup.py", "1\n");
  f1.write("models/risk.py", "1\n");
  EXPECT_THAT(f1.sh("git commit -q -a -m m"),
              Blocks(kF1, Findings{"models/risk.py: scope: belongs to agent-E1 (stream E)"}));
  EXPECT_EQ(repo.locks(), "");
}

TEST(LockGate, ALockThatAHookBeforeUsWouldWasteIsNotTaken) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.write(".git/hooks/pre-commit.before-git-stream", "#!/bin/sh\necho no >&2\nexit 5\n");
  repo.owner().must("chmod +x .git/hooks/pre-commit.before-git-stream");
  const Said said = f1.commit("setup.py");
  EXPECT_FALSE(said.moved);
  EXPECT_EQ(said.errors, "no\n");
  EXPECT_EQ(repo.locks(), "");
}

TEST(LockGate, WithoutAutomaticLocksTheyAreDemanded) {
  const StreamRepo repo(two_streams("locks: {auto: false}\n"));
  const Place f1 = repo.agent("F1");
  const Said said = f1.commit("setup.py");
  EXPECT_THAT(said,
              Blocks(kF1, Findings{"setup.py: unowned: is in nobody's scope and needs a lock"}));
  EXPECT_THAT(said.errors, testing::EndsWith("    next: git stream lock setup.py\n"));
  f1.must("git stream lock setup.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
}

// What the gate before the commit saw is old when the message is written at last.
TEST(LockGate, ALockThatEndedWhileTheMessageWasWrittenIsNoLock) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const auto commit_while = [&](const std::string& meanwhile) {
    f1.must("echo \"$RANDOM$$ " + std::to_string(meanwhile.size()) +
            "\" >setup.py; git add setup.py");
    return f1.with("GIT_EDITOR=sh ../editor")
        .sh("cat >../editor <<'END'\n" + meanwhile + "\necho Message >\"$1\"\nEND\ngit commit -q");
  };
  EXPECT_THAT(commit_while("true"), Commits());
  const std::string gone =
      "git stream unlock setup.py >/dev/null\n"
      "GIT_STREAM_AGENT= git -C ../repo stream lock setup.py >/dev/null\n"
      "git -C ../repo stream unlock setup.py >/dev/null";
  const Said said = commit_while(gone);
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors,
              HasSubstr("setup.py: lock: the lock has ended since this commit was begun"));
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits()) << "the lock is taken anew";
  EXPECT_THAT(commit_while("git stream lock --task longer setup.py >/dev/null"), Commits());
  EXPECT_THAT(commit_while("sed -i 's/\"expires\": \"20[0-9]*-/\"expires\": \"2019-/' "
                           "../repo/.claude/state/file_locks.json"),
              Commits())
      << "it has lapsed, and nobody took it";
}

TEST(LockGate, PatternLocks) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock 'docs/*.md' tests/");
  const Place f2 = repo.agent("F2");
  EXPECT_THAT(f2.commit("docs/new.md"), Blocks(kF2, held("docs/new.md")));
  f2.must("git rm -q --cached docs/new.md");
  EXPECT_THAT(f2.commit("docs/deep/new.md"), Commits()) << "a star stops at a slash";
  EXPECT_THAT(f2.commit("tests/a/b/c.py"), Blocks(kF2, held("tests/a/b/c.py")));
}

TEST(LockGate, ALockOnAFolder) {
  const StreamRepo repo;
  repo.agent("F1").must("cd llm; git stream lock ../docs");
  const Place f2 = repo.agent("F2");
  EXPECT_THAT(f2.commit("docs/a/b.md"), Blocks(kF2, held("docs/a/b.md")));
  EXPECT_THAT(f2.sh("git rm -q --cached docs/a/b.md; git commit -q --allow-empty -m m"), Commits());
  EXPECT_THAT(f2.commit("docs2/a.md"), Commits());
}

TEST(LockGate, DeletingAndRenamingALockedFileIsBlocked) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock docs/guide.md");
  const Place f2 = repo.agent("F2");
  f2.must("git mv docs/guide.md docs/manual.md");
  EXPECT_THAT(f2.sh("git commit -q -m m"), Blocks(kF2, held("docs/guide.md")));
}

TEST(LockGate, WaitsForALockThatIsReleased) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md");
  EXPECT_THAT(f2.commit("docs/guide.md"), Blocks(kF2, held("docs/guide.md")));
  const Said waited = f2.sh(
      "git stream lock --wait 60s docs/guide.md >/dev/null & waiter=$!;"
      "wait_for 'grep -q agent-F2 ../repo/.claude/state/lock_waits.json 2>/dev/null';"
      "(cd ../F1; git stream unlock docs/guide.md >/dev/null); wait $waiter");
  EXPECT_THAT(waited, Silent());
  EXPECT_THAT(f2.sh("git commit -q -m m"), Commits());
}

// Both commit the same new path at the same instant, each in its own worktree.
TEST(LockGate, OfTwoThatRaceExactlyOneWins) {
  const StreamRepo repo;
  repo.agent("F1");
  repo.agent("F2");
  const Place folder(repo, repo.folder());
  for (int round = 0; round < 10; ++round) {
    const std::string file = "race/" + std::to_string(round);
    const std::string race =
        "race() { cd $1; mkdir -p race; echo $1 >" + file + "; git add " + file +
        "; touch ../$1.ready; n=0; while [ ! -e ../go ] && [ $n -lt 1000000 ]; do n=$((n+1)); "
        "done; git commit -q -m race >../$1.out 2>&1 && echo won "
        ">../$1.won"
        " || git rm -q --cached " +
        file +
        "; }\n"
        "rm -f go F?.won F?.ready; race F1 & race F2 & "
        "wait_for '[ -e F1.ready ] && [ -e F2.ready ]'; touch go; wait; cat F?.won; cat F?.out";
    const std::string said = without_times(folder.must(race));
    EXPECT_THAT(said, testing::MatchesRegex(
                          "won\ngit-stream: commit blocked for agent-F. \\(stream F\\)\n  " + file +
                          ": lock: held by agent-F. until TIME\n    next: .*\n"))
        << "round " << round;
  }
}

TEST(LockGate, ManyCommitsAtOnceLoseNoLogLine) {
  const StreamRepo repo;
  for (const char* agent : {"F1", "F2", "E1"}) repo.agent(agent);
  Place(repo, repo.folder())
      .must(
          "work() { cd $1; for i in 1 2 3 4 5 6 7 8; do echo $i >tests/$1; git add tests;"
          "git commit -q -m $i; done; }\nwork F1 & work F2 & work E1 & wait");
  const std::string log = repo.log("--action committed");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 24);
}

TEST(LockGate, CommitsAreLogged) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  ASSERT_THAT(f1.commit("models/risk.py"),
              Blocks(kF1, Findings{"models/risk.py: scope: belongs to agent-E1 (stream E)"}));
  EXPECT_EQ(repo.log("--agent agent-F1"),
            "TIME  agent-F1   committed  COMMIT branch=work-F1: change\n"
            "TIME  agent-F1   blocked    gate=pre-commit models/risk.py: scope\n");
}

TEST(LockGate, ALoggedSubjectIsOneShortLineWhateverItIs) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const auto logged = [&](const std::string& message) {
    f1.must("git commit -q --allow-empty --allow-empty-message --cleanup=verbatim -m " + message);
    return repo.log("--action committed -n 1");
  };
  const std::string line = "TIME  agent-F1   committed  COMMIT branch=work-F1";
  EXPECT_EQ(logged("''"), line + "\n");
  EXPECT_EQ(logged("\"$(printf 'Say \"hi\"\\nand more')\""), line + ": Say \"hi\"\n");
  std::string umlauts;
  for (int i = 0; i < 99; ++i) umlauts += "\xc3\xbc";
  EXPECT_EQ(logged("x" + umlauts + "y"), line + ": x" + umlauts + "y\n") << "200 bytes";
  EXPECT_EQ(logged("x" + umlauts + "\xc3\xbc"), line + ": x" + umlauts + "…\n");
  f1.must("git config i18n.commitEncoding ISO-8859-1");
  EXPECT_EQ(logged("\"$(printf 'a\\033[31m\\377b')\""), line +
                                                            ": a?[31m\xef\xbf\xbd"
                                                            "b\n");
}

TEST(LockGate, TheStateNeverShowsInGitStatus) {
  const StreamRepo repo;
  ASSERT_THAT(repo.agent("F1").commit("setup.py"), Commits());
  EXPECT_EQ(repo.git({"status", "--porcelain"}), "");
  EXPECT_EQ(repo.git_in(repo.folder() / "F1", {"status", "--porcelain", "-uall"}), "");
  EXPECT_TRUE(Place(repo, repo.folder() / "F1").has(".claude/state/file_locks.json"));
}

}  // namespace
}  // namespace gs::test
