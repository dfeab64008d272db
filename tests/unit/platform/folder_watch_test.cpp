// Waiting for files of folders to change.

#include "lib/platform/folder_watch.h"

#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <thread>

#include "tests/support/temp_repo.h"

namespace gs::platform {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLong{60'000}, kShort{200};

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() { write("file"); }

  void write(const std::string& name) const {
    std::ofstream(folder_ / name, std::ios::app) << "line\n";
  }
  bool readable() const {
    pollfd wait{watch_.descriptor(), POLLIN, 0};
    return poll(&wait, 1, 0) > 0;
  }

  test::TempFolder temporary_;
  fs::path folder_ = temporary_.path();
  FoldersWatch watch_;
};

// What is done to a file while somebody waits for it.
template <class Change>
milliseconds waited(FolderWatch& watch, milliseconds longest, const Change& change) {
  const auto began = Clock::now();
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(50));
    change();
  });
  watch.wait("file", longest);
  other.join();
  return std::chrono::duration_cast<milliseconds>(Clock::now() - began);
}

TEST_F(FolderWatchTest, EndsWhenTheFileIsWrittenReplacedOrRemoved) {
  for (const Changes changes : {Changes::any, Changes::whole}) {
    FolderWatch watch(folder_, changes);
    EXPECT_LT(waited(watch, kLong, [&] { write("file"); }), kLong);
    write("other");
    EXPECT_LT(waited(watch, kLong, [&] { fs::rename(folder_ / "other", folder_ / "file"); }),
              kLong);
    EXPECT_LT(waited(watch, kLong, [&] { fs::remove(folder_ / "file"); }), kLong);
    write("file");
  }
}

TEST_F(FolderWatchTest, EndsAtOnceAfterAChangeThatWasNotWaitedFor) {
  FolderWatch watch(folder_);
  write("file");
  EXPECT_LT(waited(watch, kLong, [] {}), kLong);
}

TEST_F(FolderWatchTest, EndsWhenTheTimeHasPassed) {
  FolderWatch watch(folder_);
  EXPECT_GE(waited(watch, kShort, [&] { write("other"); }), kShort);
}

TEST_F(FolderWatchTest, WaitsALittleForAFolderThatIsNotThere) {
  fs::remove_all(folder_);
  FolderWatch watch(folder_);
  EXPECT_LT(waited(watch, kLong, [] {}), kLong) << "to look again";
  fs::create_directories(folder_);
  EXPECT_LT(waited(watch, kLong, [] {}), kLong) << "it is there now, and may hold something";
  EXPECT_LT(waited(watch, kLong, [&] { write("file"); }), kLong);
}

TEST_F(FolderWatchTest, ManyFoldersAreWatchedFromTheFirstLookOn) {
  const fs::path second = folder_ / "second";
  fs::create_directories(second);
  EXPECT_FALSE(watch_.watches());
  EXPECT_TRUE(watch_.watch({folder_, second, folder_ / "none"}));
  EXPECT_FALSE(watch_.watch({folder_, second, folder_ / "none"})) << "nothing new";
  EXPECT_TRUE(watch_.watches());
  EXPECT_FALSE(readable());
  std::ofstream(second / "new") << "text";
  EXPECT_TRUE(readable());
  EXPECT_FALSE(watch_.take("other"));
  EXPECT_FALSE(readable()) << "it is seen";
  std::ofstream(second / "new") << "more";
  EXPECT_TRUE(watch_.take("new"));
}

TEST_F(FolderWatchTest, AFolderThatIsNotAskedForAnyMoreIsLeft) {
  const fs::path second = folder_ / "second";
  fs::create_directories(second);
  watch_.watch({folder_, second});
  watch_.watch({folder_});
  watch_.take();
  std::ofstream(second / "new") << "text";
  EXPECT_FALSE(watch_.take("new"));
}

TEST_F(FolderWatchTest, AFolderOfTheSameNameIsAnotherOne) {
  const fs::path second = folder_ / "second";
  fs::create_directories(second);
  watch_.watch({second});
  fs::remove_all(second);
  EXPECT_TRUE(watch_.take("any")) << "the folder itself";
  fs::create_directories(second);
  EXPECT_TRUE(watch_.watch({second}));
}

}  // namespace
}  // namespace gs::platform
