// Half states that a start finds, and what it makes of them.

#include "tests/unit/streams/start_fixture.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using StartOutcome = Started::Outcome;

TEST(Mend, ABranchWithoutWorkIsMovedUp) {
  const Repo repo;
  repo.git({"branch", "feature/stream-A-foundation"});
  repo.write("new.py", "new = 1\n");
  repo.commit_all("More");
  repo.start("A");
  EXPECT_EQ(repo.git({"rev-parse", "feature/stream-A-foundation"}),
            repo.git({"rev-parse", "develop"}));
}

TEST(Mend, ABranchWithWorkKeepsIt) {
  const Repo repo;
  repo.git({"checkout", "-q", "-b", "feature/stream-A-foundation"});
  repo.git({"commit", "-q", "--allow-empty", "-m", "own"});
  const std::string tip = repo.git({"rev-parse", "HEAD"});
  repo.git({"checkout", "-q", "develop"});
  const StartReport report = repo.start("A");
  EXPECT_EQ(repo.git_in(repo.worktree("A"), {"rev-parse", "HEAD"}), tip);
  EXPECT_THAT(report.started.at(0).notes,
              ElementsAre("branch feature/stream-A-foundation was there with 1 commit of its own, "
                          "which stay"));
}

TEST(Mend, AFolderThatIsGone) {
  const Repo repo;
  repo.start("A");
  const std::string before = repo.all();
  fs::remove_all(repo.worktree("A"));
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::repaired);
  EXPECT_EQ(repo.all(), before);
  fs::remove_all(repo.worktree("A"));
  repo.git({"worktree", "prune"});
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::repaired);
  EXPECT_EQ(repo.all(), before) << "and nothing is logged twice";
}

TEST(Mend, WhatIsMissingInAStandingWorktree) {
  const Repo repo;
  repo.start("A");
  const std::string before = repo.all();
  for (const fs::path& file :
       {repo.git_dir("A") / "stream/identity", repo.worktree("A") / ".aiignore",
        repo.path() / ".git/hooks/pre-commit", repo.path() / ".git/stream/integration"}) {
    ASSERT_TRUE(fs::remove(file)) << file;
    repo.start("A");
    EXPECT_EQ(repo.all(), before) << file;
  }
  fs::remove(repo.path() / ".git/info/exclude");
  repo.start("A");
  EXPECT_EQ(repo.git_in(repo.worktree("A"), {"status", "--porcelain"}), "");
}

TEST(Mend, AStateThatIsLost) {
  const Repo repo;
  repo.start("A");
  const std::string before = repo.all();
  fs::remove_all(repo.state().root());
  EXPECT_THROW(repo.start("A"), core::Error) << "whatever was locked is not known";
  repo.state().repair();
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::started);
  EXPECT_EQ(repo.all(), before);
}

TEST(Mend, ADamagedEnrolment) {
  const Repo repo;
  repo.start("A");
  std::ofstream(repo.git_dir("A") / "stream/identity") << "rubbish";
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::repaired);
  EXPECT_EQ(slurp(repo.git_dir("A") / "stream/identity"), "stream A\n");
}

TEST(Mend, AnAgentsEnrolmentOfTheStreamStays) {
  const Repo repo;
  repo.start("A");
  std::ofstream(repo.git_dir("A") / "stream/identity") << "agent A1\n";
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::repaired) << ".aiignore is A1's";
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::unchanged);
  EXPECT_EQ(slurp(repo.git_dir("A") / "stream/identity"), "agent A1\n");
}

TEST(Mend, AWorktreeThatLostItsWayToTheRepository) {
  const Repo repo;
  repo.start("A");
  std::ofstream(repo.worktree("A") / "precious.txt") << "work";
  fs::remove(repo.worktree("A") / ".git");
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::repaired);
  EXPECT_EQ(slurp(repo.worktree("A") / "precious.txt"), "work");
  EXPECT_EQ(repo.git_in(repo.worktree("A"), {"status", "--porcelain"}), "?? precious.txt\n");
}

TEST(Mend, AWorktreeElsewhereThatIsEnrolled) {
  const Repo repo;
  repo.git({"worktree", "add", "-q", "-b", "feature/stream-A-foundation", "../mine"});
  EXPECT_THAT(refusal_of(repo, "A"),
              testing::StartsWith("its branch feature/stream-A-foundation is checked out in " +
                                  (repo.folder() / "mine").string() + " | "));
  fs::create_directories(repo.path() / ".git/worktrees/mine/stream");
  std::ofstream(repo.path() / ".git/worktrees/mine/stream/identity") << "stream A\n";
  const StartReport report = repo.start("A");
  EXPECT_EQ(report.started.at(0).worktree, repo.folder() / "mine");
  EXPECT_FALSE(fs::exists(repo.worktree("A")));
  EXPECT_EQ(state::read_streams(repo.state()).records.at(0).worktree, repo.folder() / "mine");
  EXPECT_EQ(repo.start("A").started.at(0).outcome, StartOutcome::unchanged);
}

TEST(Mend, AnotherBranchInItsWorktreeIsTold) {
  const Repo repo;
  repo.start("A");
  repo.git_in(repo.worktree("A"), {"checkout", "-q", "-b", "scratch"});
  const StartReport report = repo.start("A");
  EXPECT_EQ(report.started.at(0).outcome, StartOutcome::unchanged);
  EXPECT_THAT(report.started.at(0).notes,
              ElementsAre("it has branch scratch checked out, not feature/stream-A-foundation"));
}

// -- A worktree that git has half made ------------------------------------------------------------

class HalfMade : public testing::Test {
 protected:
  // As git does it, up to its end but for what the test takes away again.
  HalfMade() {
    repo_.start("B");
    repo_.git({"worktree", "add", "-q", "--lock", "--reason", "git stream start A is making it",
               "-b", "feature/stream-A-foundation", repo_.worktree("A"), "develop"});
    std::ofstream(repo_.mark("A")) << "";
  }

  void expect_mended() {
    repo_.start("A");
    const Repo other;
    other.start("B");
    other.start("A");
    EXPECT_EQ(repo_.all(), other.all());
  }

  Repo repo_;
};

TEST_F(HalfMade, OnlyTheLockIsLeft) {
  expect_mended();
}

TEST_F(HalfMade, FilesAreMissing) {
  const fs::path git_dir = repo_.git_dir("A");
  fs::rename(git_dir / "index", git_dir / "index.lock");
  fs::remove_all(repo_.worktree("A") / "llm");
  std::ofstream(repo_.worktree("A") / "config/settings.py") << "on";
  std::ofstream(git_dir / "HEAD.lock") << "";
  expect_mended();
}

TEST_F(HalfMade, HeadIsNotWrittenYet) {
  const fs::path git_dir = repo_.git_dir("A");
  fs::remove(git_dir / "index");
  fs::remove_all(repo_.worktree("A"));
  fs::create_directories(repo_.worktree("A"));
  std::ofstream(repo_.worktree("A") / ".git") << "gitdir: " << git_dir.string() << "\n";
  std::ofstream(git_dir / "HEAD") << std::string(test::id_digits(), '0') << '\n';
  expect_mended();
}

TEST_F(HalfMade, ThePowerWentOff) {
  const fs::path git_dir = repo_.git_dir("A");
  fs::remove_all(repo_.worktree("A"));
  fs::create_directories(repo_.worktree("A"));
  std::ofstream(repo_.worktree("A") / ".git") << "";
  for (const char* name : {"HEAD", "commondir", "index"}) std::ofstream(git_dir / name) << "";
  expect_mended();
}

TEST_F(HalfMade, NoFileLeadsToItYet) {
  fs::remove_all(repo_.worktree("A"));
  expect_mended();
}

TEST_F(HalfMade, OnlyItsFolderIsThere) {
  fs::remove_all(repo_.worktree("A"));
  fs::remove(repo_.git_dir("A") / "gitdir");
  fs::remove(repo_.git_dir("A") / "index");
  expect_mended();
}

TEST_F(HalfMade, TheBranchIsStillLocked) {
  repo_.git({"worktree", "remove", "-f", "-f", repo_.worktree("A")});
  repo_.git({"branch", "-q", "-D", "feature/stream-A-foundation"});
  fs::create_directories(repo_.path() / ".git/refs/heads/feature");
  std::ofstream(repo_.path() / ".git/refs/heads/feature/stream-A-foundation.lock") << "";
  expect_mended();
}

TEST_F(HalfMade, AGitThatIsStillAtItIsWaitedFor) {
  repo_.git({"worktree", "remove", "-f", "-f", repo_.worktree("A")});
  repo_.run_in(repo_.path(),
               {"sh", "-c",
                "exec 9>\"$1\"; flock 9; (sleep 0.5; exec git worktree add -q --lock --reason "
                "'git stream start A is making it' \"$2\" feature/stream-A-foundation) "
                ">/dev/null 2>\"$3\" &",
                "sh", repo_.mark("A"), repo_.worktree("A"), repo_.folder() / "said"});
  expect_mended();
  EXPECT_EQ(slurp(repo_.folder() / "said"), "") << "nobody worked against it";
}

}  // namespace
}  // namespace gs::streams
