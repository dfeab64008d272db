#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/platform/file.h"
#include "lib/process/process.h"
#include "lib/streams/recovery.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;

class TurnTest : public testing::Test {
 protected:
  git::Layout layout() const {
    const fs::path& top = folder_.path();
    return {top / ".git", top / ".git", top, top};
  }

  // Whether somebody has the turn now.
  bool taken() const {
    const platform::Descriptor file(
        open((layout().common_dir / "stream/turn.lock").c_str(), O_RDWR | O_CLOEXEC));
    return file && flock(file.get(), LOCK_EX | LOCK_NB) != 0;
  }

  test::TempFolder folder_;
};

TEST_F(TurnTest, IsHeldUntilItGoesOutOfScope) {
  {
    const RepositoryLock turn(layout());
    EXPECT_TRUE(taken());
  }
  EXPECT_FALSE(taken());
  EXPECT_TRUE(fs::exists(layout().common_dir / "stream/turn.lock")) << "it is never removed";
}

TEST_F(TurnTest, IsOfAllWorktreesOfARepository) {
  git::Layout linked = layout();
  linked.git_dir = layout().common_dir / "worktrees" / "x";
  linked.worktree = "/tmp/x";
  const RepositoryLock turn(linked);
  EXPECT_TRUE(taken());
}

// Each child reads a number, waits, and writes the next one: none is lost when they take turns.
TEST_F(TurnTest, OneAfterTheOther) {
  constexpr int kChildren = 8, kRounds = 25;
  const fs::path counter = folder_.path() / "counter";
  const auto count_up = [&] {
    for (int i = 0; i < kRounds; ++i) {
      const RepositoryLock turn(layout());
      const platform::Descriptor file(open(counter.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
      int number = 0;
      if (pread(file.get(), &number, sizeof number, 0) < 0) _exit(1);
      usleep(100);
      ++number;
      if (pwrite(file.get(), &number, sizeof number, 0) != sizeof number) _exit(1);
    }
    _exit(0);
  };
  for (int i = 0; i < kChildren; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) count_up();
  }
  for (int i = 0, status = 0; i < kChildren; ++i) {
    ASSERT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  const platform::Descriptor file(open(counter.c_str(), O_RDONLY | O_CLOEXEC));
  int number = 0;
  ASSERT_EQ(pread(file.get(), &number, sizeof number, 0), static_cast<ssize_t>(sizeof number));
  EXPECT_EQ(number, kChildren * kRounds);
}

TEST_F(TurnTest, EndsWithAKilledHolder) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const RepositoryLock turn(layout());
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(taken());
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(taken());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(TurnTest, IsNotInheritedByProgramsThatAreRun) {
  std::optional<RepositoryLock> turn(layout());
  const process::Result left =
      process::run({{"sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"}, {}, {}, {}, {}});
  const pid_t sleeper = std::stoi(left.output);
  EXPECT_EQ(kill(sleeper, 0), 0);
  turn.reset();
  EXPECT_FALSE(taken()) << "a daemon that a hook left would hold it for ever";
  kill(sleeper, SIGKILL);
}

TEST_F(TurnTest, SaysWhatItCannotLock) {
  fs::create_directories(layout().common_dir / "stream");
  fs::create_symlink("/dev/null", layout().common_dir / "stream/turn.lock");
  try {
    const RepositoryLock turn(layout());
    ADD_FAILURE() << "a link was followed";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::broken);
    EXPECT_THAT(error.what(), testing::HasSubstr("stream/turn.lock"));
  }
}

}  // namespace
}  // namespace gs::streams
