// What is not committed in worktrees, against `git status --porcelain` by itself.

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/git/worktrees/worktrees.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using git::Uncommitted;

class UncommittedTest : public testing::Test {
 protected:
  std::vector<git::WorktreeStatus> statuses() const {
    return git::status_of(git::Repository::discover(repo_.path()).worktrees());
  }
  Uncommitted by_git(const fs::path& worktree) const {
    const process::Result said =
        repo_.run_in(worktree, {"git", "--no-optional-locks", "status", "--porcelain", "-z",
                                "--no-renames", "--untracked-files=normal"});
    Uncommitted found;
    for (std::size_t at = 0; at < said.output.size(); at = said.output.find('\0', at) + 1)
      ++(said.output.compare(at, 2, "??") == 0 ? found.untracked : found.tracked);
    return found;
  }
  // The main worktree's, which must be what git says when it is asked in that folder.
  Uncommitted main() const {
    const git::WorktreeStatus status = statuses().at(0);
    EXPECT_EQ(status.trouble, "");
    const Uncommitted found = status.uncommitted.value_or(Uncommitted{999, 999});
    EXPECT_EQ(found, by_git(repo_.path())) << found.tracked << " + " << found.untracked << " for\n"
                                           << repo_.git({"status", "--porcelain", "--no-renames"});
    return found;
  }
  void commit_some() {
    for (const char* path : {"a.py", "llm/news.py", "llm/agents/one.py", "models/risk.py", "z"})
      repo_.write(path, std::string("# ") + path + "\n");
    repo_.commit_all("some");
  }

  TempRepo repo_;
};

TEST_F(UncommittedTest, NothingInAFreshCommit) {
  commit_some();
  EXPECT_EQ(main(), (Uncommitted{0, 0}));
}

TEST_F(UncommittedTest, EveryKindOfChange) {
  commit_some();
  repo_.write("a.py", "# b.py\n");  // the same size
  fs::remove(repo_.path() / "z");
  repo_.git({"mv", "models/risk.py", "models/risks.py"});
  repo_.write("llm/new.py", "x");
  repo_.git({"add", "llm/new.py"});
  repo_.write("llm/new.py", "y");
  repo_.write("new/one", "");
  repo_.write("new/two", "");
  repo_.write("llm/agents/two.py", "");
  fs::create_directory(repo_.path() / "empty");
  EXPECT_EQ(main(), (Uncommitted{5, 2})) << "a.py, z, risk.py, risks.py, llm/new.py";
}

TEST_F(UncommittedTest, OnlyToBeAddedAndAssumed) {
  commit_some();
  repo_.write("new.py", "");
  repo_.git({"add", "-N", "new.py"});
  repo_.git({"update-index", "--assume-unchanged", "a.py"});
  repo_.write("a.py", "nobody looks\n");
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
  fs::remove(repo_.path() / "new.py");
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
}

TEST_F(UncommittedTest, WritesNothing) {
  commit_some();
  fs::last_write_time(repo_.path() / "a.py", fs::file_time_type::clock::now());
  const auto before = fs::last_write_time(repo_.path() / ".git/index");
  const std::string index = repo_.read(".git/index");
  main();
  EXPECT_EQ(repo_.read(".git/index"), index);
  EXPECT_EQ(fs::last_write_time(repo_.path() / ".git/index"), before);
}

TEST_F(UncommittedTest, AMergeWithConflicts) {
  commit_some();
  repo_.git({"checkout", "-q", "-b", "other"});
  repo_.write("a.py", "other\n");
  repo_.write("models/risk.py", "other\n");
  repo_.commit_all("other");
  repo_.git({"checkout", "-q", "develop"});
  repo_.write("a.py", "ours\n");
  repo_.git({"rm", "-q", "models/risk.py"});
  repo_.commit_all("ours");
  repo_.try_git({"merge", "other"});
  EXPECT_EQ(main(), (Uncommitted{2, 0}));
}

TEST_F(UncommittedTest, BeforeTheFirstCommit) {
  EXPECT_EQ(main(), (Uncommitted{0, 0}));
  repo_.write("a", "");
  EXPECT_EQ(main(), (Uncommitted{0, 1}));
  repo_.git({"add", "a"});
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
}

TEST_F(UncommittedTest, UsersSettingsAddNothingAndHideNothing) {
  commit_some();
  repo_.write("a.py", "stashed\n");
  repo_.git({"stash", "-q"});
  for (const char* setting : {"status.showStash", "status.branch", "status.short"})
    repo_.git({"config", setting, "true"});
  repo_.git({"config", "status.showUntrackedFiles", "no"});
  repo_.git({"mv", "a.py", "b.py"});
  repo_.write("new/one", "");
  EXPECT_EQ(main(), (Uncommitted{2, 1}));
}

TEST_F(UncommittedTest, TheWorktreeCountsNotTheRepositoryOfTheEnvironment) {
  commit_some();
  repo_.git({"worktree", "add", "-q", "../other", "-b", "other"});
  repo_.write("../other/new.py", "");
  const std::vector<git::Worktree> worktrees = git::Repository::discover(repo_.path()).worktrees();
  setenv("GIT_DIR", (repo_.path() / ".git").c_str(), 1);
  setenv("GIT_INDEX_FILE", "/nonexistent/index", 1);
  const std::vector<git::WorktreeStatus> statuses = git::status_of(worktrees);
  unsetenv("GIT_DIR");
  unsetenv("GIT_INDEX_FILE");
  EXPECT_EQ(statuses.at(0).uncommitted, (Uncommitted{0, 0}));
  EXPECT_EQ(statuses.at(1).uncommitted, (Uncommitted{0, 1}));
}

TEST_F(UncommittedTest, ADamagedIndexIsTroubleOfItsOwn) {
  commit_some();
  repo_.git({"worktree", "add", "-q", "../other", "-b", "other"});
  repo_.write(".git/index", "DIRCrubbish that is long enough to be no index at all");
  const std::vector<git::WorktreeStatus> found = statuses();
  EXPECT_FALSE(found.at(0).uncommitted);
  EXPECT_THAT(found.at(0).trouble, testing::StartsWith("git status failed: "));
  EXPECT_EQ(found.at(1).uncommitted, (Uncommitted{0, 0}));
}

TEST_F(UncommittedTest, ManyWorktreesKeepTheirOrder) {
  constexpr std::size_t kWorktrees = 20;
  commit_some();
  for (std::size_t i = 1; i < kWorktrees; ++i) {
    const std::string folder = fmt::format("../w{:02}", i);
    repo_.git({"worktree", "add", "-q", "--detach", folder});
    for (std::size_t file = 0; file < i; ++file)
      repo_.write(fmt::format("{}/{}", folder, file), "");
  }
  const std::vector<git::WorktreeStatus> found = statuses();
  ASSERT_EQ(found.size(), kWorktrees);
  for (std::size_t i = 0; i < kWorktrees; ++i)
    EXPECT_EQ(found[i].uncommitted, (Uncommitted{0, i})) << found[i].trouble;
  EXPECT_TRUE(git::status_of({}).empty());
}

}  // namespace
}  // namespace gs::test
