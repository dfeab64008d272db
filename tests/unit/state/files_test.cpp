#include "lib/state/files.h"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void write_atomically(const fs::path& file, const std::string& content) {
  AtomicFile atomic(file);
  atomic.write(content);
  atomic.commit();
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(AtomicFile, DoesNothingBeforeCommit) {
  const test::TempFolder folder;
  AtomicFile atomic(folder.path() / "a");
  atomic.write("text");
  EXPECT_EQ(entries(folder.path()), 0U);
  atomic.commit();
  EXPECT_EQ(slurp(folder.path() / "a"), "text");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, KeepsThePermissions) {
  const test::TempFolder folder;
  const fs::path file = folder.path() / "a";
  spill(file, "old");
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  write_atomically(file, "new");
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_EQ(slurp(file), "new");
}

TEST(AtomicFile, IsNeverWrittenThroughALink) {
  const test::TempFolder folder;
  spill(folder.path() / "victim", "precious");
  fs::create_symlink("victim", folder.path() / "link");
  const core::Error error = error_of([&] { write_atomically(folder.path() / "link", "evil"); });
  EXPECT_EQ(error.code(), core::ExitCode::broken);
  EXPECT_THAT(error.what(), HasSubstr("is a symbolic link"));
  EXPECT_EQ(slurp(folder.path() / "victim"), "precious");
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
  EXPECT_EQ(entries(folder.path()), 2U);
}

TEST(AtomicFile, RefusesFoldersAndMissingFolders) {
  const test::TempFolder folder;
  fs::create_directory(folder.path() / "sub");
  EXPECT_THAT(error_of([&] { write_atomically(folder.path() / "sub", "x"); }).what(),
              HasSubstr("is not a regular file"));
  EXPECT_THAT(error_of([&] { write_atomically(folder.path() / "no" / "a", "x"); }).what(),
              HasSubstr("No such file"));
}

// A limit on the size of files is to write(2) what a full disk is: the rest does not fit.
TEST(AtomicFile, LeavesTheOldContentWhenTheDiskIsFull) {
  const test::TempFolder folder;
  const fs::path file = folder.path() / "a";
  spill(file, "old");
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{8192, 8192};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_atomically(file, std::string(100000, 'x'));
    } catch (const core::Error& error) {
      _exit(std::string_view(error.what()).find("cannot write") != std::string_view::npos ? 7 : 8);
    }
    _exit(9);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(slurp(file), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, LeavesTheOldContentOnAFullFileSystem) {
  const test::TempFolder folder;
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "mounting is not allowed here";
  }
  const fs::path file = folder.path() / "a";
  spill(file, "old");
  const core::Error error = error_of([&] { write_atomically(file, std::string(200000, 'x')); });
  EXPECT_THAT(error.what(), HasSubstr("No space left"));
  EXPECT_EQ(slurp(file), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
  umount(folder.path().c_str());
}

// Returns once somebody waits for the flock on this file, as the kernel tells.
void until_somebody_waits_for(const fs::path& file) {
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  const std::string inode = ":" + std::to_string(status.st_ino) + " ";
  for (int tries = 0; tries < 30000; ++tries) {
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
      if (line.find("-> FLOCK") != line.npos && line.find(inode) != line.npos) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FAIL() << "nobody waits";
}

TEST(FileLock, LetsOneInAtATime) {
  const test::TempFolder folder;
  const fs::path file = folder.path() / ".lock";
  std::optional<FileLock> first(std::in_place, file);
  std::atomic<bool> inside = false;
  std::thread second([&] {
    const FileLock lock(file);
    inside = true;
  });
  until_somebody_waits_for(file);
  EXPECT_FALSE(inside);
  first.reset();
  second.join();
  EXPECT_TRUE(inside);
  EXPECT_TRUE(fs::exists(file));
}

TEST(FileLock, RefusesALink) {
  const test::TempFolder folder;
  fs::create_symlink("elsewhere", folder.path() / ".lock");
  EXPECT_THAT(error_of([&] { FileLock lock(folder.path() / ".lock"); }).what(),
              HasSubstr("is a symbolic link"));
  EXPECT_FALSE(fs::exists(folder.path() / "elsewhere"));
}

// Whoever waits for a lock file that is removed meanwhile takes the new one, not the ghost.
TEST(FileLock, SurvivesItsRemoval) {
  const test::TempFolder folder;
  const fs::path file = folder.path() / ".lock";
  std::optional<FileLock> first(std::in_place, file);
  std::optional<FileLock> second;
  std::thread waiter([&] { second.emplace(file); });
  until_somebody_waits_for(file);
  fs::remove(file);
  first.reset();
  waiter.join();
  const platform::Descriptor there(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(there);
  EXPECT_NE(flock(there.get(), LOCK_EX | LOCK_NB), 0) << "what is there is not locked";
}

TEST(ReadFile, TellsMissingFromUnreadableAndTooLarge) {
  const test::TempFolder folder;
  const fs::path file = folder.path() / "a";
  EXPECT_EQ(read_file(file, 10), std::nullopt);
  spill(file, "0123456789");
  EXPECT_EQ(read_file(file, 10), "0123456789");
  EXPECT_THAT(error_of([&] { read_file(file, 9); }).what(), HasSubstr("is larger than 9 bytes"));
  EXPECT_THAT(error_of([&] { read_file(folder.path(), 9); }).what(),
              HasSubstr("is not a regular file"));
  spill(file, "");
  EXPECT_EQ(read_file(file, 10), "");
  EXPECT_FALSE(read_file("/proc/self/stat", 4096).value().empty());  // size 0 until it is read
}

}  // namespace
}  // namespace gs::state
