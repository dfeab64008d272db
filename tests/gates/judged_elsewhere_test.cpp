// Whose work a commit is: what agents can move with ordinary git makes nothing somebody else's, and
// what a gate let through for somebody goes through wherever it comes along.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kRiskBranch[] = "feature/stream-E-risk";
const Findings kSentiment{"llm/sentiment.py: scope: belongs to agent-F1 (stream F)"};

// E1 and F1 in worktrees of their own, each with a commit; the remote is recorded.
struct JudgedElsewhere : testing::Test {
  PushScene repo;
  Place owner = repo.owner();
  Place e1 = repo.enrolled("E1", kRiskBranch);
  Place f1 = repo.enrolled("F1", "feature/stream-F-llm");

  void SetUp() override {
    owner.must("git stream install");
    ASSERT_THAT(e1.commit("models/risk.py", "e = 1\n"), Commits());
    ASSERT_THAT(f1.commit("llm/sentiment.py", "f = 1\n"), Commits());
  }

  // A commit on E1's HEAD that changes F1's file, on no branch.
  std::string evil() const {
    std::string id = e1.must(
        "export GIT_INDEX_FILE=\"$PWD/../evil-index\"; git read-tree HEAD; "
        "blob=$(echo evil = 1 | git hash-object -w --stdin); "
        "git update-index --cacheinfo 100644,$blob,llm/sentiment.py; "
        "git commit-tree -p HEAD -m evil $(git write-tree); rm ../evil-index");
    id.pop_back();
    return id;
  }
  // A worktree that is nobody's, on a new branch with F's name, with a commit on F1's file.
  Place nobodys(const std::string& name = "feature/stream-F-x") const {
    e1.must("git worktree add -q -b " + name + " ../X develop");
    const Place x(repo, repo.folder() / "X");
    EXPECT_THAT(x.commit("llm/sentiment.py", "evil = 1\n"), Commits());
    return x;
  }
  static void undo(const Place& place) {
    for (const char* command :
         {"merge --abort", "cherry-pick --abort", "rebase --abort", "reset -q --hard"})
      place.sh("git " + std::string(command));
  }
  Said push(const Place& place) const { return place.sh("git push -q origin HEAD"); }
};

// ---- What makes nothing anybody's.

TEST_F(JudgedElsewhere, ABranchThatAnybodyMakesWithAnothersName) {
  nobodys();
  for (const char* way :
       {"git merge -q --no-ff -m m feature/stream-F-x", "git cherry-pick feature/stream-F-x",
        "git reset -q --hard feature/stream-F-x",
        "git branch feature/stream-E-two feature/stream-F-x",
        "git pull -q --no-rebase . feature/stream-F-x"}) {
    EXPECT_THAT(e1.sh(way), Stops(kUpdate, kE1, kSentiment)) << way;
    undo(e1);
  }
  EXPECT_THAT(e1.sh("git rebase -q feature/stream-F-x").errors, HasSubstr(kSentiment[0]));
  undo(e1);
  e1.must("git merge -q --squash feature/stream-F-x >/dev/null");
  EXPECT_THAT(e1.sh("git commit -q -m squashed"), Blocks(kE1, kSentiment));
}

TEST_F(JudgedElsewhere, NorWhenItWasPushedAndFetchedBack) {
  const Place x = nobodys();
  EXPECT_THAT(push(x), Silent()) << "it may be a person's";
  e1.must("git fetch -q origin");
  for (const char* name : {"feature/stream-F-x", "origin/feature/stream-F-x"}) {
    EXPECT_THAT(e1.sh("git merge -q --no-ff -m m " + std::string(name)),
                Stops(kUpdate, kE1, kSentiment));
    undo(e1);
  }
  EXPECT_EQ(
      f1.sh("git merge -q --no-ff -m m feature/stream-F-x 2>&1 || git checkout -q --theirs . && "
            "git add -A && git commit -q -m m")
          .errors,
      "")
      << "whose scope it is may take it";
}

TEST_F(JudgedElsewhere, UntilTheWorktreeIsEnrolled) {
  const Place x = nobodys();
  x.must("git stream install --stream F");
  EXPECT_EQ(e1.sh("git merge -q --no-ff -m m feature/stream-F-x").errors, "");
}

TEST_F(JudgedElsewhere, NorWhenOnlyPlumbingMadeIt) {
  const std::string bad = evil();
  e1.must("git worktree add -q --detach ../X; git -C ../X push -q origin " + bad +
          ":refs/heads/feature/stream-F-x");
  EXPECT_THAT(e1.sh("git fetch -q; git merge -q --ff-only " + bad),
              Stops(kUpdate, kE1, kSentiment));
}

TEST_F(JudgedElsewhere, ARenamedBranch) {
  nobodys("scratch");
  e1.must("git -C ../X branch -m scratch feature/stream-F-x");
  EXPECT_THAT(e1.sh("git merge -q --no-ff -m m feature/stream-F-x"),
              Stops(kUpdate, kE1, kSentiment));
}

TEST_F(JudgedElsewhere, TagsSymbolicRefsAndConfiguration) {
  const std::string bad = evil();
  e1.must("git tag t " + bad + "; git update-ref refs/stream/F " + bad +
          "; git symbolic-ref refs/heads/feature/stream-F-s refs/tags/t ||:"  // newer git asks
          "; git config branch.feature/stream-F-llm.remote ."
          "; git config branch.feature/stream-F-llm.merge refs/tags/t"
          "; git config branch.develop.remote .; git config branch.develop.merge refs/tags/t");
  EXPECT_THAT(e1.sh("git merge -q --ff-only t"), Stops(kUpdate, kE1, kSentiment));
}

TEST_F(JudgedElsewhere, RefsOfARemoteThatNobodyRecorded) {
  const std::string bad = evil();
  e1.must(
      "git init -q --bare ../mine.git; git remote add mine ../mine.git;"
      "git update-ref refs/remotes/mine/feature/stream-F-x " +
      bad + "; git update-ref refs/remotes/mine/develop " + bad);
  const Said said = e1.sh("git merge -q --ff-only " + bad);
  EXPECT_THAT(said, Stops(kUpdate, kE1, kSentiment));
  EXPECT_THAT(said.errors, HasSubstr("next: git stream install, in the owner's worktree: the "
                                     "remote mine is not recorded\n"));
  e1.must("git stream install --agent E1");
  EXPECT_THAT(e1.sh("git merge -q --ff-only " + bad), Stops(kUpdate, kE1, kSentiment))
      << "an agent's own install records none";
}

// Locally a hook cannot tell it from a fetch; the push asks the remote.
TEST_F(JudgedElsewhere, AForgedRemoteTrackingRefHoldsUntilThePush) {
  const std::string bad = evil();
  for (const char* ref : {"feature/stream-F-x", "develop"}) {
    e1.must("git update-ref refs/remotes/origin/" + std::string(ref) + " " + bad +
            "; git merge -q --ff-only " + bad);
    const Said said = push(e1);
    EXPECT_NE(said.status, 0);
    EXPECT_THAT(block_of(said), HasSubstr("llm/sentiment.py: scope: belongs to agent-F1"));
    EXPECT_EQ(repo.at_server(kRiskBranch), "");
    e1.must(
        "git -c core.hooksPath=/dev/null reset -q --hard HEAD~1; git update-ref -d "
        "refs/remotes/origin/" +
        std::string(ref));
  }
  e1.must("git update-ref refs/remotes/origin/feature/stream-F-x " + bad + "; git cherry-pick " +
          bad + " >/dev/null");
  EXPECT_THAT(block_of(push(e1)), HasSubstr("llm/sentiment.py: scope: belongs to agent-F1"))
      << "nor is what was taken over from it";
}

TEST_F(JudgedElsewhere, TheRemoteIsAskedAtItsRecordedAddress) {
  const std::string bad = evil();
  e1.must("git init -q --bare ../forged.git; git push -q --no-verify ../forged.git " + bad +
          ":refs/heads/feature/stream-F-x;"
          "git update-ref refs/remotes/origin/feature/stream-F-x " +
          bad + "; git merge -q --ff-only " + bad + "; git init -q --bare ../plain.git");
  const std::string forged = (repo.folder() / "forged.git").string();
  for (const std::string& config :
       {"remote.origin.url " + forged,
        "url." + forged + ".insteadOf " + (repo.folder() / "server.git").string(),
        "remote.origin.pushurl " + forged}) {
    e1.must("git config " + config);
    EXPECT_THAT(block_of(e1.sh("git push -q ../plain.git HEAD")),
                HasSubstr("llm/sentiment.py: scope: belongs to agent-F1"))
        << config;
    e1.must("git config --unset-all " + config.substr(0, config.find(' ')));
  }
}

TEST_F(JudgedElsewhere, ARemoteThatCannotBeAskedStopsOnlyWhatHangsOnIt) {
  f1.must("git push -q origin HEAD");
  const std::string theirs = f1.must("git rev-parse HEAD");
  owner.must(
      "git worktree remove --force ../F1; git branch -q -D feature/stream-F-llm;"
      "rm .git/stream/judged .claude/state/agent_activity.jsonl");
  e1.must(
      "git init -q --bare ../plain.git; git push -q ../plain.git HEAD;"
      "git merge -q --no-ff -m m origin/feature/stream-F-llm; mv ../server.git ../away");
  const Said said = e1.sh("git push -q ../plain.git HEAD");
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: pre-push cannot judge: cannot ask "));
  EXPECT_THAT(owner.sh("git branch -q backup origin/feature/stream-F-llm;"
                       "git push -q ../plain.git backup"),
              Silent())
      << "of people nothing is asked";
  e1.must(
      "git branch -q alone HEAD~1; git push -q ../plain.git alone:refs/heads/feature/stream-E-b");
  e1.must(
      "mv ../away ../server.git; git push -q ../plain.git HEAD; mv ../server.git ../away;"
      "git push -q ../plain.git HEAD:refs/heads/feature/stream-E-c");
}

// What was made without hooks does not become judged by being made again.
TEST_F(JudgedElsewhere, AnAmendedCommitIsWhatItWas) {
  commit_unjudged(e1, "llm/sentiment.py", "evil = 1\n");
  e1.must("git commit -q --amend -m again");
  EXPECT_THAT(block_of(push(e1)), HasSubstr("llm/sentiment.py: scope: "));
  EXPECT_NE(f1.sh("git rebase -q -f HEAD~1").status, 3);
  const Place g = repo.enrolled("F2", "feature/stream-F-news");
  e1.must("git -c core.hooksPath=/dev/null reset -q --hard HEAD~1");
  commit_unjudged(e1, "llm/news.py", "evil = 1\n");
  e1.sh("git commit -q --amend -n -m again");
  EXPECT_THAT(f1.sh("git merge -q --no-ff -m m " + std::string(kRiskBranch)),
              Stops(kUpdate, kF1, Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)"}));
}

TEST_F(JudgedElsewhere, OutsidersAreBelievedInAnOwnersWorktreeOnly) {
  owner.must("git checkout -q -b hotfix");
  EXPECT_THAT(owner.commit("llm/sentiment.py", "fixed = 1\n"), Commits());
  EXPECT_EQ(e1.sh("git merge -q --no-ff -m m hotfix").errors, "");
  const Place x = repo.worktree("X", "other");
  EXPECT_THAT(x.commit("llm/sentiment.py", "evil = 1\n"), Commits());
  EXPECT_THAT(e1.sh("git merge -q --no-ff -X theirs -m m other"), Stops("merge", kE1, kSentiment));
}

// ---- It never spares anyone taking a lock.

TEST_F(JudgedElsewhere, WhatComesBackNeedsItsLockAgain) {
  const std::vector<std::string> ways{"git commit -q -n -m again", "git commit -q -m again",
                                      "git reset -q --hard ORIG_HEAD",
                                      "git update-ref HEAD ORIG_HEAD"};
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const std::string file = "tool" + std::to_string(i) + ".py";
    EXPECT_THAT(e1.commit(file), Commits());
    e1.must(std::string("git reset -q --") + (i < 2 ? "soft" : "hard") +
            " HEAD~1; git stream unlock --all");
    e1.must(ways[i]);
    EXPECT_THAT(repo.locks(), HasSubstr(file)) << ways[i];
    EXPECT_THAT(f1.commit(file, "other = 1\n"), Not(Commits()));
    f1.must("git reset -q --hard");
    e1.must("git reset -q --hard; git stream unlock --all");
  }
}

TEST_F(JudgedElsewhere, WhatSomebodyElseHasLockedMeanwhileDoesNotComeBack) {
  EXPECT_THAT(e1.commit("tool.py"), Commits());
  e1.must("git reset -q --hard HEAD~1; git stream unlock --all");
  f1.must("git stream lock tool.py");
  EXPECT_THAT(e1.sh("git reset -q --hard ORIG_HEAD"),
              Stops(kUpdate, kE1, Findings{"tool.py: lock: held by agent-F1 until TIME"}));
}

// ---- What goes through.

TEST_F(JudgedElsewhere, AnothersRecordedWorkComesAlongInEveryWay) {
  ASSERT_THAT(f1.commit("unowned.py"), Commits());
  for (const char* way :
       {"git merge -q --no-ff -m m feature/stream-F-llm",
        "git pull -q --no-rebase --no-edit . feature/stream-F-llm",
        "git rebase -q feature/stream-F-llm",
        "git cherry-pick feature/stream-F-llm~1 feature/stream-F-llm >/dev/null",
        "git merge -q --squash feature/stream-F-llm >/dev/null; git commit -q -m squashed",
        "git format-patch -q --stdout feature/stream-F-llm~2..feature/stream-F-llm | git am -q -3",
        "git reset -q --hard feature/stream-F-llm"}) {
    EXPECT_EQ(e1.sh(way).errors, "") << way;
    e1.must("git reset -q --hard " + std::string(kRiskBranch) + "@{u} 2>/dev/null || true");
    EXPECT_THAT(e1.sh("git push -q -f origin HEAD"), Silent()) << way;
    e1.must("git -c core.hooksPath=/dev/null reset -q --hard develop");
  }
}

TEST_F(JudgedElsewhere, TeammatesPushedWorkThatComesByFetch) {
  f1.must("git push -q origin HEAD");
  const Place clone = repo.clone("second");
  clone.must(
      "git stream init >/dev/null; git worktree add -q -b feature/stream-E-there ../E2;"
      "cd ../E2; git stream install --agent E1 >/dev/null");
  const Place e2(repo, repo.folder() / "E2");
  for (const char* way :
       {"git merge -q --no-ff -m m origin/feature/stream-F-llm",
        "git rebase -q origin/feature/stream-F-llm",
        "git pull -q --no-rebase origin feature/stream-F-llm",
        "git cherry-pick origin/feature/stream-F-llm >/dev/null",
        "git merge -q --squash origin/feature/stream-F-llm >/dev/null 2>&1; git commit -q -m s"}) {
    ASSERT_THAT(e2.commit("models/risk.py", std::string("x = '") + way + "'\n"), Commits());
    EXPECT_EQ(e2.sh(way).errors, "") << way;
    EXPECT_THAT(e2.sh("git push -q -f origin HEAD"), Silent()) << way;
    e2.must("git -c core.hooksPath=/dev/null reset -q --hard origin/develop");
  }
  EXPECT_EQ(e2.must("git for-each-ref refs/heads refs/remotes | wc -l"),
            clone.must("git for-each-ref refs/heads refs/remotes | wc -l"));
}

TEST_F(JudgedElsewhere, ATipThatIsNotHereIsFetchedWithoutMovingARef) {
  f1.must("git push -q origin HEAD");
  const Place clone = repo.clone("second");
  clone.must(
      "git stream init >/dev/null; git worktree add -q -b feature/stream-E-there ../E2;"
      "cd ../E2; git stream install --agent E1 >/dev/null;"
      "git merge -q --no-ff -m m origin/feature/stream-F-llm");
  ASSERT_THAT(f1.commit("llm/sentiment.py", "f = 2\n"), Commits());
  f1.must("git push -q origin HEAD");
  const std::string ref = "git rev-parse origin/feature/stream-F-llm", at = clone.must(ref);
  EXPECT_THAT(Place(repo, repo.folder() / "E2").sh("git push -q origin HEAD"), Silent());
  EXPECT_EQ(clone.must(ref), at);
  EXPECT_EQ(clone.must("git cat-file -t " + f1.must("git rev-parse HEAD")), "commit\n");
}

TEST_F(JudgedElsewhere, ForksWithTwoRemotes) {
  owner.must(
      "git clone -q --bare ../server.git ../fork.git; git remote add fork ../fork.git;"
      "git fetch -q fork; git stream install");
  f1.must("git push -q fork HEAD");
  owner.must("git worktree remove --force ../F1; git branch -q -D feature/stream-F-llm");
  EXPECT_EQ(e1.sh("git merge -q --no-ff -m m fork/feature/stream-F-llm").errors, "");
  EXPECT_THAT(push(e1), Silent());
}

TEST_F(JudgedElsewhere, AStackOfBranchesIsRebased) {
  const Place top = repo.worktree("top", "feature/stream-F-top");
  top.must("git stream install --agent F1; git reset -q --hard " + std::string(kRiskBranch) +
           "; git branch feature/stream-E-part; git branch feature/stream-F-part");
  ASSERT_THAT(top.commit("llm/sentiment.py", "top = 1\n"), Commits());
  ASSERT_THAT(top.commit("llm/agents/a.py"), Commits());
  repo.write("docs/guide.md", "moved\n");
  repo.commit_all("Moved");
  EXPECT_EQ(top.sh("git rebase -q --update-refs develop").errors, "");
  EXPECT_EQ(top.sh("git rebase -q --onto develop~1 develop").errors, "");
  EXPECT_THAT(top.sh("git push -q origin HEAD"), Silent());
  const Place other = repo.worktree("other", "feature/stream-E-other");
  other.must("git stream install --agent E1");
  EXPECT_EQ(other.sh("git merge -q --no-ff -m m feature/stream-F-top").errors, "")
      << "the rewritten ones are somebody's too";
}

TEST_F(JudgedElsewhere, OnesOwnWorkIsRewrittenInEveryWay) {
  ASSERT_THAT(e1.commit("models/more.py"), Commits());
  ASSERT_THAT(e1.commit("unowned.py"), Commits());
  for (const char* way :
       {"git commit -q --amend -m again", "git commit -q -n --amend -m 'and again'",
        "echo 2 >> unowned.py; git commit -q -a --fixup HEAD;"
        "GIT_SEQUENCE_EDITOR=: git rebase -q -i --autosquash develop",
        "git rebase -q -f develop", "git branch -m feature/stream-E-renamed",
        "git branch feature/stream-E-copy; git checkout -q feature/stream-E-copy",
        "git checkout -q -b feature/stream-E-third develop; git cherry-pick "
        "develop..feature/stream-E-copy "
        ">/dev/null",
        "git reset -q --hard HEAD~1; git reset -q --hard ORIG_HEAD",
        "git stash -q; git stash pop -q 2>/dev/null || true", "git push -q -f origin HEAD",
        "git gc -q --prune=now; git pack-refs --all",
        "git push -q origin --delete feature/stream-E-third"}) {
    EXPECT_EQ(e1.sh(way).errors, "") << way;
  }
}

TEST_F(JudgedElsewhere, ALaterPolicyRevokesNothing) {
  std::string narrow = two_streams();
  narrow.replace(narrow.find("models/**"), 9, "other/**");
  narrow.replace(narrow.find("llm/agents/"), 11, "models/**");
  repo.set_policy(narrow);
  EXPECT_THAT(push(e1), Silent());
  EXPECT_EQ(f1.sh("git merge -q --no-ff -m m " + std::string(kRiskBranch)).errors, "");
  EXPECT_EQ(e1.sh("git rebase -q develop").errors, "");
  EXPECT_THAT(e1.commit("models/risk.py", "e = 2\n"), Not(Commits())) << "but for what is new";
}

TEST_F(JudgedElsewhere, AnOwnerPushesManyBranchesAtOnce) {
  e1.must("git merge -q --no-ff -m m feature/stream-F-llm");
  EXPECT_THAT(owner.sh("git push -q --all origin"), Silent());
  EXPECT_NE(repo.at_server(kRiskBranch), "");
}

TEST_F(JudgedElsewhere, WhatABypassLetThroughIsNobodyElsesFault) {
  e1.write("llm/news.py", "agreed = 1\n");
  ASSERT_TRUE(e1.with("GIT_STREAM_BYPASS=agreed").sh("git commit -q -a -m m").moved);
  EXPECT_EQ(f1.sh("git merge -q --no-ff -m m " + std::string(kRiskBranch)).errors, "");
  const Place later = e1.with("GIT_COMMITTER_DATE=2030-01-01T00:00:00Z");  // another commit
  EXPECT_EQ(later.sh("git rebase -q -f develop").errors, "") << "rewriting it needs no second one";
  EXPECT_THAT(block_of(push(e1)), HasSubstr("llm/news.py: scope: ")) << "the push does";
}

// ---- The record itself.

struct JudgedRecordFile : JudgedElsewhere {
  std::filesystem::path file = repo.path() / ".git/stream/judged";
  Said merge() const { return e1.sh("git merge -q --no-ff -m m feature/stream-F-llm"); }
};

TEST_F(JudgedRecordFile, ALostOneIsRebuiltFromTheLog) {
  std::filesystem::remove(file);
  EXPECT_EQ(merge().errors, "");
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(JudgedRecordFile, NorDoesTheLogMakeNobodysWorkSomebodys) {
  nobodys();
  std::filesystem::remove(file);
  EXPECT_THAT(e1.sh("git merge -q --no-ff -m m feature/stream-F-x"),
              Stops(kUpdate, kE1, kSentiment));
}

TEST_F(JudgedRecordFile, ADamagedOneNamesItselfAndLosesNothing) {
  for (const char* damage : {"printf x | dd of=F bs=1 seek=100 conv=notrunc", "truncate -s -5 F",
                             "truncate -s 10 F", "printf garbage >F", ": >F"}) {
    std::string command = damage;
    command.replace(command.find('F', command.find("F")), 1, file.string());
    owner.must(command + " 2>/dev/null");
    const std::string errors = merge().errors;
    if (std::string(damage) != ": >F") {
      EXPECT_THAT(errors, HasSubstr("git-stream: " + file.string() + " was damaged: ")) << damage;
      EXPECT_TRUE(std::filesystem::exists(file.string() + ".damaged"));
    }
    EXPECT_EQ(e1.must("git log -1 --format=%s"), "m\n") << damage;
    e1.must("git -c core.hooksPath=/dev/null reset -q --hard HEAD~1");
  }
}

TEST_F(JudgedRecordFile, OneOfANewerVersionBlocks) {
  // Only the number, with a checksum that fits, as a newer program writes it.
  owner.must("python3 - '" + file.string() +
             "' <<'END'\n"
             "import sys\n"
             "data = bytearray(open(sys.argv[1], 'rb').read())\n"
             "data[8] = 9\n"
             "total = 0xcbf29ce484222325\n"
             "for byte in data[:56]: total = ((total ^ byte) * 0x100000001b3) % 2**64\n"
             "data[56:64] = total.to_bytes(8, 'little')\n"
             "open(sys.argv[1], 'wb').write(data)\nEND\n");
  const std::string before = repo.owner().must("sha1sum .git/stream/judged");
  const Said said = e1.commit("models/risk.py", "e = 5\n");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("is of another version of git-stream"));
  EXPECT_EQ(repo.owner().must("sha1sum .git/stream/judged"), before);
}

// Branches that were there before there was a record.
TEST(JudgedRecordOnce, InstallRecordsWhatStandsOnTheStreamsBranches) {
  const StreamRepo repo;
  repo.owner().must("rm .git/stream/judged");
  const Place f1 = repo.worktree("F1", "feature/stream-F-llm");
  f1.write("llm/sentiment.py", "old = 1\n");
  f1.unjudged("commit -a -m old");
  repo.owner().must("git stream install");
  const Place e1 = repo.agent("E1");
  EXPECT_EQ(e1.sh("git merge -q --no-ff -m m feature/stream-F-llm").errors, "");
  f1.write("llm/sentiment.py", "old = 2\n");
  f1.unjudged("commit -a -m new");
  repo.owner().must("git stream install");
  EXPECT_THAT(e1.sh("git merge -q --no-ff -m m feature/stream-F-llm"),
              Stops(kUpdate, kE1, kSentiment))
      << "once";
}

}  // namespace
}  // namespace gs::test
