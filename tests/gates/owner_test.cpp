// Whose a worktree is, and who may say so.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Owners : testing::Test {
  StreamRepo repo;
  Place owner = repo.owner(), e1 = repo.agent("E1"), f1 = repo.agent("F1");

  std::string records() const {
    return owner.must(
        "cd .git; for f in worktrees/*/stream/identity; do echo $f; cat $f; done;"
        "ls -I turn.lock hooks stream worktrees/*/stream; cat stream/owner stream/remotes");
  }
};

struct RefusedEnrolments : Owners, testing::WithParamInterface<const char*> {};

TEST_P(RefusedEnrolments, LeaveEverythingAndAreLogged) {
  owner.must("git worktree add -q --detach ../x develop");
  const std::string before = records();
  const Said said = e1.sh(GetParam());
  EXPECT_EQ(said.status, 1) << said.errors;
  EXPECT_THAT(said.errors, HasSubstr(" is for the owner: "));
  EXPECT_THAT(said.errors, HasSubstr("\n  next: leave it to the owner (in "));
  EXPECT_EQ(records(), before);
  EXPECT_THAT(owner.must("tail -1 .claude/state/agent_activity.jsonl"),
              AllOf(HasSubstr("\"action\": \"blocked\""), HasSubstr("\"gate\": \"install\""),
                    HasSubstr("\"from\": ")));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, RefusedEnrolments,
    testing::Values("git stream install --agent F1", "git stream install --stream F",
                    "git stream install --stream E", "git stream install --owner",
                    "git stream install --owner ../x", "git stream install --agent F1 ../F1",
                    "git stream install --agent E1 ../F1", "git stream uninstall",
                    "git stream uninstall --all", "git stream uninstall ../F1",
                    "git -C ../repo stream uninstall --all",
                    "git -C ../repo stream install --agent F1 ../E1",
                    "git -C ../repo stream install --owner ../E1",
                    "git -C ../x stream install --agent F1", "git -C ../x stream install --owner",
                    "cd ../x; git stream install --owner", "cd ../x; git stream uninstall --all",
                    "cd ../x; GIT_STREAM_AGENT=E1 git stream install --agent F1",
                    "cd ../repo; GIT_STREAM_AGENT=E1 git stream install --owner ../x",
                    "cd ../repo; GIT_STREAM_AGENT=E1 git stream uninstall", "git stream start F",
                    "git -C ../repo stream start F", "unset PWD; git stream install --agent F1"));

TEST_F(Owners, AnAgentsSessionIsAnAgentEverywhere) {
  const std::string before = records();
  e1.write("../binding", "E1 " + e1.must("date -u +%Y-%m-%dT%H:%M:%SZ | tr -d '\\n'") + " abc\n");
  owner.must("cp ../binding .git/worktrees/E1/stream/sessions");
  const Place session = owner.with("CLAUDE_CODE_SESSION_ID=abc");
  for (const char* command : {"git stream uninstall --all", "git stream install --agent E1 ../F1",
                              "git stream install --owner ../F1"}) {
    const Said said = session.sh(command);
    EXPECT_EQ(said.status, 1) << command;
    EXPECT_THAT(said.errors, HasSubstr("this session works as agent-E1")) << command;
  }
  EXPECT_EQ(owner.with("CLAUDE_CODE_SESSION_ID=other").sh("git stream install").status, 0)
      << "an owner has sessions too";
  owner.must("rm .git/worktrees/E1/stream/sessions");
  EXPECT_EQ(records(), before);
}

TEST_F(Owners, AStreamsWorktreeBecomesOneOfItsAgents) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --stream F");
  EXPECT_EQ(f.sh("git stream install --agent E1").status, 1);
  EXPECT_EQ(f.with("GIT_STREAM_AGENT=F1").sh("git stream install --agent E1").status, 1);
  EXPECT_EQ(f.sh("git stream install --stream F; git stream install --agent F2").status, 0);
  EXPECT_EQ(f.sh("git stream install --agent F2").status, 0) << "it is that already";
  EXPECT_EQ(f.sh("git stream install --agent F1").status, 1);
  EXPECT_EQ(f.sh("git stream install --stream F").status, 1) << "that would be wider";
  EXPECT_EQ(f.sh("git stream install").status, 0) << "the hooks are everybody's to repair";
  owner.must("git stream install --stream F ../F");
  EXPECT_EQ(f.with("GIT_STREAM_AGENT=F1").sh("git stream install --agent F1").status, 0);
  EXPECT_EQ(repo.worktree("new", "feature/stream-F-new")
                .with("GIT_STREAM_AGENT=F1")
                .sh("git stream install --agent F1")
                .status,
            0)
      << "who says who he is, may be that";
}

TEST_F(Owners, EnrolmentsAreLoggedWithWhoDidItFromWhere) {
  owner.must(
      "git stream install --agent F2 ../F1; git stream uninstall ../F1;"
      "git stream install --owner ../F1");
  const std::string log = owner.must("cat .claude/state/agent_activity.jsonl");
  const std::string from = "\"from\": \"" + owner.path().string() + "\"";
  for (const std::string part : {"\"action\": \"enrolled\"", "\"action\": \"unenrolled\"",
                                 "\"as\": \"agent-F2 (stream F)\"", "\"as\": \"the owner's\""})
    EXPECT_THAT(log, HasSubstr(part));
  EXPECT_THAT(log, HasSubstr(from));
}

TEST_F(Owners, InitRecordsTheFirstWorktreeOnly) {
  EXPECT_TRUE(owner.has(".git/stream/owner"));
  const Place x = repo.worktree("x", "x");
  x.must("git stream init");
  EXPECT_FALSE(owner.has(".git/worktrees/x/stream/owner"));
  e1.must("git stream init");
  EXPECT_FALSE(owner.has(".git/worktrees/E1/stream/owner"));
}

TEST_F(Owners, AnotherWorktreeCanBeAnOwners) {
  const Place x = repo.worktree("x", "x");
  owner.must("git checkout -q --detach");
  const std::string change =
      "git checkout -q develop; echo '# more' >>.streams.yaml;"
      "git commit -q -a -m Policy";
  EXPECT_NE(x.sh(change).status, 0);
  x.must("git checkout -q -f develop");
  EXPECT_THAT(owner.must("git stream install --owner ../x"), HasSubstr("x as the owner's"));
  EXPECT_THAT(x.sh(change), Commits());
  EXPECT_EQ(x.with("GIT_STREAM_AGENT=E1").sh("git reset -q --hard HEAD~1").status, 128)
      << "but no agent in it";
}

// As the former version has left it.
TEST_F(Owners, WithoutARecordTheMainWorktreeIsOne) {
  owner.must("rm .git/stream/owner .git/stream/remotes; echo develop >.git/stream/integration");
  EXPECT_EQ(e1.sh("git stream install --agent F1").status, 1);
  EXPECT_THAT(e1.commit("models/risk.py"), Commits());
  owner.write(".streams.yaml", two_streams() + "# more\n");
  EXPECT_THAT(owner.sh("git commit -q -a -m Policy"), Commits());
  const Place x = repo.worktree("x", "x");
  x.must("git stream init");
  EXPECT_FALSE(owner.has(".git/worktrees/x/stream/owner"));
  EXPECT_THAT(owner.must("git stream install"), HasSubstr("repo as the owner's"));
  EXPECT_TRUE(owner.has(".git/stream/owner"));
  EXPECT_EQ(owner.must("git stream install"), "everything is in place\n");
}

TEST_F(Owners, WhereNobodyIsOneAnAgentsWorktreeCanBeTakenOut) {
  const Place folder(repo, repo.folder());
  folder.must("git clone -q repo clone; cd clone; git stream install --agent F1");
  const Place clone = folder.in("clone");
  EXPECT_EQ(clone.with("GIT_STREAM_AGENT=F1").sh("git stream uninstall").status, 1);
  EXPECT_EQ(clone.sh("git stream uninstall").status, 0);
}

TEST_F(Owners, SingleAgentsOfAStreamInItsWorktreeAreInnocent) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --stream F");
  for (const char* agent : {"F1", "agent-F1"})
    EXPECT_THAT(f.with(std::string("GIT_STREAM_AGENT=") + agent).commit("llm/sentiment.py", agent),
                Commits());
  EXPECT_THAT(f.with("GIT_STREAM_AGENT=F2").commit("llm/news.py"), Commits());
  EXPECT_THAT(f.with("GIT_STREAM_AGENT=F2").commit("llm/sentiment.py"),
              Blocks(kF2, Findings{"llm/sentiment.py: scope: belongs to agent-F1 (stream F)"}));
  EXPECT_THAT(f.with("GIT_STREAM_AGENT=E1").sh("git commit -q -m m"),
              Complains(1, "GIT_STREAM_AGENT says agent-E1, but this worktree is stream F's"));
}

// ---- Worktrees below the main one that have lost their `.git`.

struct Nested : testing::Test {
  StreamRepo repo{two_streams("worktree: '.work/{stream}'\n")};
  Place owner = repo.owner(), f = owner.in(".work/F");

  void SetUp() override {
    owner.must("git stream start F >/dev/null 2>&1");
    f.must("git stream install --agent F1; mkdir -p deep/er; rm .git");
  }
};

TEST_F(Nested, NobodyWorksInOne) {
  const std::string head = owner.must("git rev-parse HEAD develop");
  owner.write("llm/sentiment.py", "changed = 1\n");
  for (const char* command :
       {"git commit -q -a -m m", "cd llm; git commit -q -a -m m",
        "cd deep/er; git commit -q -a -m m", "git commit -q -n -a -m m",
        "git commit -q --allow-empty -m m",
        "git reset -q --soft HEAD~0;"
        "git commit -q -a --amend -m m",
        "git update-ref refs/heads/x $(git commit-tree -p HEAD -m x HEAD^{tree})",
        "git stream lock docs/x.md"}) {
    const Said said = f.sh(command);
    EXPECT_NE(said.status, 0) << command;
    EXPECT_THAT(said.errors,
                HasSubstr("F is the worktree of agent-F1 and has lost its .git: git "
                          "finds the main worktree there\n  next: git worktree repair\n"))
        << command;
  }
  EXPECT_EQ(owner.must("git rev-parse HEAD develop"), head);
  const Said said = f.sh("git commit -q -a -m m");
  f.must("git worktree repair");
  EXPECT_THAT(f.commit("llm/sentiment.py"), Commits()) << "the repair";
  EXPECT_THAT(f.commit("models/risk.py"), Blocks(kF1, kRisk));
}

TEST_F(Nested, OneThatGitHasForgottenIsKnownByTheState) {
  owner.must("git worktree prune --expire now");
  const Said said = f.sh("git commit -q -n --allow-empty -m m");
  EXPECT_THAT(said.errors, HasSubstr("is the worktree of stream F and has lost its .git"));
  const std::size_t at = said.errors.find("next: ") + 6;
  owner.must(said.errors.substr(at, said.errors.find('\n', at) - at) + " >/dev/null 2>&1");
  EXPECT_TRUE(owner.has(".work/F.lost/llm/news.py")) << "nothing is thrown away";
  EXPECT_THAT(owner.in(".work/F").commit("llm/news.py"), Commits());
}

TEST_F(Nested, TheMainWorktreesOwnFoldersAreInnocent) {
  owner.must("mkdir -p notes/deep .work/mine");
  EXPECT_THAT(owner.in("llm").commit("new.py"), Commits());
  EXPECT_THAT(owner.in("notes/deep").commit("a.md"), Commits());
  EXPECT_THAT(owner.commit("docs/b.md"), Commits());
  EXPECT_EQ(owner.in(".work/mine").sh("git commit -q --allow-empty -m m").status, 0);
  EXPECT_EQ(owner.in(".work").sh("git -C .. stream status").status, 0);
}

TEST_F(Nested, OneThatIsMergedIsAFolderLikeOthers) {
  owner.must("rm -rf .work/F; git worktree prune; mkdir -p .work/F");
  owner.must(
      "python3 - <<'END'\nimport json\np = '.claude/state/orchestrator_state.json'\n"
      "d = json.load(open(p))\nd['streams']['F']['merged_at'] = '2026-01-01T00:00:00Z'\n"
      "json.dump(d, open(p, 'w'))\nEND");
  EXPECT_EQ(f.sh("git commit -q --allow-empty -m m").status, 0);
}

TEST(OwnerName, IsSaidWhereverAnOutsiderWas) {
  const StreamRepo repo;
  const Place owner = repo.owner(), f1 = repo.agent("F1");
  EXPECT_THAT(owner.must("git stream status"), testing::HasSubstr("you are  Ada Lovelace (owner)"));
  owner.must("git stream lock docs/guide.md --task Mine; git stream ask F1 why");
  EXPECT_THAT(f1.commit("docs/guide.md").errors,
              testing::HasSubstr("held by Ada Lovelace (owner) until "));
  EXPECT_THAT(owner.commit("README"), Commits());
  for (const char* command : {"log", "locks", "status", "handoff --all", "report", "log --json",
                              "locks --json", "status --json", "report --format json"})
    EXPECT_THAT(owner.must("git stream " + std::string(command)),
                testing::Not(testing::HasSubstr("outsider")))
        << command;
  EXPECT_THAT(repo.log("--agent 'Ada Lovelace' --action committed"),
              testing::HasSubstr("branch=develop"));
  EXPECT_THAT(repo.log("--agent outsider --action locked"), testing::HasSubstr("docs/guide.md"));
}

TEST(OwnerName, PeopleHoldTheirLocksTogether) {
  const StreamRepo repo;
  const Place owner = repo.owner(), plain = repo.worktree("plain", "plain");
  owner.must("git stream lock docs/guide.md; git config user.name 'Grace Hopper'");
  EXPECT_THAT(plain.commit("docs/guide.md"), Commits()) << "an outsider is a person, too";
  EXPECT_THAT(plain.must("git stream status"), testing::HasSubstr("you are  an outsider"));
  EXPECT_THAT(owner.must("git stream unlock docs/guide.md"), testing::HasSubstr("unlocked"))
      << "whatever the owner is called by now";
  EXPECT_THAT(repo.log("-n 1"), testing::HasSubstr("Grace Hopper (owner) released"));
}

TEST(OwnerName, IsNobodysElse) {
  const StreamRepo repo;
  const Place owner = repo.owner(), f1 = repo.agent("F1");
  for (const char* name : {"agent-F1", "F1", "stream-F"}) {
    owner.must(std::string("git config user.name ") + name + "; git stream lock llm/sentiment.py");
    EXPECT_THAT(f1.commit("llm/sentiment.py", name).errors,
                testing::HasSubstr(std::string("held by ") + name + " (owner) until "))
        << name;
    owner.must("git stream unlock --all");
  }
  f1.must("git stream lock llm/sentiment.py");
  EXPECT_EQ(f1.with("GIT_COMMITTER_NAME=x (owner)").sh("git stream unlock --all").status, 0);
  EXPECT_THAT(repo.log("-n 1"), testing::HasSubstr("agent-F1   released"));
  EXPECT_THAT(f1.must("git -C '" + owner.path().string() + "' stream status"),
              testing::HasSubstr("you are  an outsider"))
      << "called from an agent's worktree";
}

}  // namespace
}  // namespace gs::test
