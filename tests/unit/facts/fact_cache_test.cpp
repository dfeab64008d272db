#include "lib/facts/fact_cache.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/support/temp_repo.h"

namespace gs::facts {
namespace {

namespace fs = std::filesystem;
using testing::Optional;

core::ObjectId blob(unsigned number) {
  core::ObjectId id;
  // Spread as hashes are.
  std::uint64_t state = number * 0x9e3779b97f4a7c15U + 1;
  for (std::uint8_t& byte : id.bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::uint8_t>(state >> 56U);
  }
  return id;
}

std::string facts(unsigned number, std::size_t size = 300) {
  std::string text = "facts of " + std::to_string(number);
  while (text.size() < size) text += ' ' + std::to_string(text.size() * number);
  return text;
}

void put(const FactCache& cache, unsigned begin, unsigned end, std::size_t size = 300) {
  std::vector<std::string> texts;
  for (unsigned i = begin; i < end; ++i) texts.push_back(facts(i, size));
  std::vector<FactCache::Entry> entries;
  for (unsigned i = begin; i < end; ++i)
    entries.push_back({FactKind::imports, blob(i), texts[i - begin]});
  cache.put(entries);
}

// How many of them are known; a known one that is wrong fails the test.
unsigned known(const FactCache& cache, unsigned begin, unsigned end, std::size_t size = 300) {
  unsigned count = 0;
  const FactCache::Reader reader(cache);
  for (unsigned i = begin; i < end; ++i) {
    const auto found = reader.get(FactKind::imports, blob(i));
    if (!found) continue;
    EXPECT_EQ(*found, facts(i, size));
    ++count;
  }
  return count;
}

class FactCacheTest : public testing::Test {
 protected:
  FactCache open(std::uint32_t version = 1, std::uint64_t largest = 64U << 20U) const {
    return {path, version, {largest}};
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(path)) all.push_back(entry.path());
    return all;
  }
  fs::path only_file() const {
    EXPECT_EQ(files().size(), 1U);
    return files().at(0);
  }
  std::uintmax_t bytes() const {
    std::uintmax_t sum = 0;
    for (const fs::path& file : files()) sum += fs::file_size(file);
    return sum;
  }
  // Last written two hours ago.
  static void age(const fs::path& file) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(2));
  }
  // In another process, as everybody else is; its exit code.
  static int in_child(const std::function<int()>& work) {
    const pid_t child = fork();
    if (child == 0) _exit(work());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  test::TempFolder folder;
  fs::path path = folder.path() / "stream" / "facts";
};

TEST_F(FactCacheTest, KeepsWhatIsPut) {
  const FactCache cache = open();
  EXPECT_EQ(known(cache, 0, 100), 0U);
  EXPECT_FALSE(fs::exists(path)) << "reading makes nothing";
  put(cache, 0, 100);
  EXPECT_EQ(known(cache, 0, 200), 100U);
  EXPECT_EQ(in_child([&] { return static_cast<int>(known(open(), 0, 200)); }), 100);
}

TEST_F(FactCacheTest, KeepsKindsApartAndEmptyAndLargeFacts) {
  const FactCache cache = open();
  const std::string large(300000, 'x');
  cache.put(std::vector<FactCache::Entry>{{FactKind::imports, blob(1), ""},
                                          {FactKind::interface, blob(1), large},
                                          {FactKind::interface, blob(2), "two"}});
  const FactCache::Reader reader(cache);
  EXPECT_THAT(reader.get(FactKind::imports, blob(1)), Optional(std::string_view()));
  EXPECT_THAT(reader.get(FactKind::interface, blob(1)), Optional(std::string_view(large)));
  EXPECT_FALSE(reader.get(FactKind::imports, blob(2)));
}

TEST_F(FactCacheTest, WhatIsPutLaterReplacesWhatWasThere) {
  const FactCache cache = open();
  for (const char* text : {"first", "second", "third"}) {
    cache.put(std::vector<FactCache::Entry>{{FactKind::imports, blob(1), text}});
    put(cache, 100, 1000);  // now and then they are taken into one table
    const FactCache::Reader reader(cache);
    EXPECT_THAT(reader.get(FactKind::imports, blob(1)), Optional(std::string_view(text)));
  }
  cache.put(std::vector<FactCache::Entry>{{FactKind::imports, blob(1), "one"},
                                          {FactKind::imports, blob(1), "one"}});
  EXPECT_THAT(FactCache::Reader(cache).get(FactKind::imports, blob(1)),
              Optional(std::string_view("one")));
}

TEST_F(FactCacheTest, AReaderSeesOneState) {
  const FactCache cache = open();
  put(cache, 0, 10);
  const FactCache::Reader reader(cache);
  for (unsigned i = 10; i < 2000; i += 10) put(cache, i, i + 10);
  EXPECT_FALSE(reader.get(FactKind::imports, blob(15)));
  EXPECT_THAT(reader.get(FactKind::imports, blob(3)), Optional(std::string_view(facts(3))));
  EXPECT_EQ(known(cache, 0, 2000), 2000U);
}

TEST_F(FactCacheTest, ManySmallPutsMakeFewFiles) {
  const FactCache cache = open();
  for (unsigned i = 0; i < 1000; ++i) {
    put(cache, i, i + 1);
    ASSERT_LE(files().size(), 8U);
  }
  EXPECT_EQ(known(cache, 0, 1000), 1000U);
}

TEST_F(FactCacheTest, AnotherVersionSeesNothingAndDropsWhatIsOld) {
  const FactCache first = open(1), second = open(2);
  put(first, 0, 10);
  const fs::path old = only_file();
  EXPECT_EQ(known(second, 0, 10), 0U);
  put(second, 0, 5);
  EXPECT_EQ(known(second, 0, 10), 5U);
  EXPECT_EQ(known(first, 0, 10), 10U);  // used at the same time
  age(old);
  put(second, 5, 10);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_EQ(known(second, 0, 10), 10U);
}

TEST_F(FactCacheTest, TakesAwayWhatOlderFormatsAndKilledWritersLeft) {
  fs::create_directories(path / "facts-0123456789abcdef");
  std::ofstream(path / "facts-0123456789abcdef/data.mdb") << "lmdb";
  std::ofstream(path / ".facts-2-abandoned") << "half a table";
  std::ofstream(path / ".facts-2-held") << "half a table";
  std::ofstream(path / "other") << "not ours";
  age(path / "facts-0123456789abcdef");
  age(path / "other");
  const int held = ::open((path / ".facts-2-held").c_str(), O_RDONLY);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  put(open(), 0, 10);
  ::close(held);
  EXPECT_FALSE(fs::exists(path / "facts-0123456789abcdef"));
  EXPECT_FALSE(fs::exists(path / ".facts-2-abandoned"));
  EXPECT_TRUE(fs::exists(path / ".facts-2-held"));
  EXPECT_TRUE(fs::exists(path / "other"));
}

TEST_F(FactCacheTest, StaysSmallAndDropsTheOldest) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  const FactCache cache = open(1, kLargest);
  for (unsigned i = 0; i < 10000; i += 50) {
    put(cache, i, i + 50);
    ASSERT_EQ(known(cache, i, i + 50), 50U) << i;
    ASSERT_LE(bytes(), kLargest);
  }
  EXPECT_GT(bytes(), kLargest / 4);
  EXPECT_LE(files().size(), 12U);
  EXPECT_EQ(known(cache, 0, 300), 0U);
  EXPECT_GT(known(cache, 8500, 10000), 1000U);
}

TEST_F(FactCacheTest, OtherVersionsAreWithinTheLimit) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  for (std::uint32_t version = 1; version < 20; ++version) {
    put(open(version, kLargest), 0, 500);
    ASSERT_LE(bytes(), kLargest);
  }
  EXPECT_EQ(known(open(19, kLargest), 0, 500), 500U);
}

TEST_F(FactCacheTest, TooMuchAtOnceIsNotKept) {
  const FactCache cache = open(1, 1U << 20U);
  put(cache, 0, 10);
  put(cache, 100, 2000, 3000);
  EXPECT_EQ(known(cache, 0, 10), 10U);
  EXPECT_EQ(known(cache, 100, 2000, 3000), 0U);
}

TEST_F(FactCacheTest, IsDeletedWhileOthersHaveItOpen) {
  const FactCache cache = open();
  put(cache, 0, 100);
  const FactCache::Reader reader(cache);
  fs::remove_all(path);
  EXPECT_TRUE(reader.get(FactKind::imports, blob(5)));
  EXPECT_EQ(known(cache, 0, 100), 0U);
  put(cache, 0, 50);
  EXPECT_EQ(known(cache, 0, 100), 50U);
}

// Every byte in turn, in every file of a cache that has several.
TEST_F(FactCacheTest, EveryFlippedByteCostsTimeAndNeverAnAnswer) {
  const FactCache cache = open();
  put(cache, 0, 20, 60);
  const int held = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(flock(held, LOCK_EX), 0);  // so that the next ones stay tables of their own
  put(cache, 20, 27, 60);
  put(cache, 26, 30, 60);
  ::close(held);
  ASSERT_EQ(files().size(), 3U);
  ASSERT_EQ(known(cache, 0, 30, 60), 30U);
  for (const fs::path& one : files()) {
    const int file = ::open(one.c_str(), O_RDWR);
    const auto size = static_cast<off_t>(fs::file_size(one));
    bool lost = false;
    for (off_t at = 0; at < size; ++at) {
      unsigned char byte = 0;
      ASSERT_EQ(pread(file, &byte, 1, at), 1);
      const auto other = static_cast<unsigned char>(byte ^ (1 + at % 255));
      ASSERT_EQ(pwrite(file, &other, 1, at), 1);
      lost = known(cache, 0, 30, 60) < 30 || lost;
      ASSERT_EQ(pwrite(file, &byte, 1, at), 1);
    }
    EXPECT_TRUE(lost);
    ::close(file);
    EXPECT_EQ(known(cache, 0, 30, 60), 30U);
  }
}

TEST_F(FactCacheTest, WhatIsDamagedIsKeptAnew) {
  const FactCache cache = open();
  put(cache, 0, 1000);
  const fs::path file = only_file();
  const auto size = fs::file_size(file);
  for (const auto left : {size - 1, size / 2, std::uintmax_t{0}}) {
    for (const fs::path& damaged : files()) fs::resize_file(damaged, left);
    EXPECT_EQ(known(cache, 0, 1000), 0U) << left;
    put(cache, 0, 1000);
    EXPECT_EQ(known(cache, 0, 1000), 1000U) << left;
    EXPECT_EQ(files().size(), 1U) << "the damaged one goes";
  }
}

TEST_F(FactCacheTest, OddFilesUnderTheNamesOfTablesAreNoTables) {
  const FactCache cache = open();
  put(cache, 0, 10);
  const std::string name = only_file().filename();
  const std::string before = name.substr(0, name.size() - 1);
  const char last = name.back() == '0' ? '1' : '0';
  const fs::path odd = path / (before + last);
  for (int kind = 0; kind < 5; ++kind) {
    if (kind == 0) fs::create_directory(odd);
    if (kind == 1) fs::create_symlink(name, odd);
    if (kind == 2) {
      ASSERT_EQ(mkfifo(odd.c_str(), 0600), 0);
    }
    if (kind == 3) fs::create_symlink("/dev/zero", odd);
    if (kind == 4) {
      std::ofstream(odd) << "?";
      fs::resize_file(odd, std::uintmax_t{1} << 40U);  // sparse
    }
    EXPECT_EQ(known(cache, 0, 10), 10U) << kind;
    put(cache, 10, 20);
    EXPECT_EQ(known(cache, 10, 20), 10U) << kind;
    if (kind < 4) {
      EXPECT_EQ(known(cache, 0, 10), 10U) << kind;
    }
    fs::remove_all(odd);
  }
}

TEST_F(FactCacheTest, WhereThereCanBeNoneNothingIsKnown) {
  std::ofstream(folder.path() / "file") << "no folder";
  for (const fs::path& place :
       {folder.path() / "file" / "facts", folder.path() / "file", fs::path("/proc/self/facts")}) {
    const FactCache cache(place, 1);
    put(cache, 0, 10);
    EXPECT_EQ(known(cache, 0, 10), 0U);
  }
}

TEST_F(FactCacheTest, AReadOnlyFolderIsRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const FactCache cache = open();
  put(cache, 0, 10);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_exec);
  put(cache, 10, 20);
  EXPECT_EQ(known(cache, 0, 20), 10U);
  fs::permissions(path, fs::perms::owner_all);
}

TEST_F(FactCacheTest, AWriteThatFailsLeavesNothing) {
  const FactCache cache = open();
  put(cache, 0, 10);
  EXPECT_EQ(in_child([&] {
              signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{5000, 5000};  // as a disk that is full after so much
              setrlimit(RLIMIT_FSIZE, &limit);
              put(cache, 10, 1000);
              return 0;
            }),
            0);
  EXPECT_EQ(known(cache, 0, 1000), 10U);
  EXPECT_EQ(files().size(), 1U);
}

// Who is stopped in the middle of its work holds up nobody; others add tables, and take them in
// later.
TEST_F(FactCacheTest, AStoppedWriterHoldsUpNobody) {
  const FactCache cache = open();
  put(cache, 0, 10);
  const int held = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  for (unsigned i = 10; i < 200; ++i) put(cache, i, i + 1);
  EXPECT_EQ(files().size(), 64U) << "more are not made";
  EXPECT_EQ(known(cache, 0, 200), 73U);
  ::close(held);
  put(cache, 200, 210);
  EXPECT_LE(files().size(), 3U);
  EXPECT_EQ(known(cache, 0, 73), 73U);
  EXPECT_EQ(known(cache, 200, 210), 10U);
}

TEST_F(FactCacheTest, ObeysTheUmask) {
  const mode_t before = umask(0077);
  put(open(), 0, 10);
  umask(before);
  EXPECT_EQ(fs::status(only_file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::remove_all(path);
  const mode_t again = umask(0002);
  put(open(), 0, 10);
  umask(again);
  EXPECT_EQ(fs::status(only_file()).permissions() & fs::perms::group_write, fs::perms::group_write);
}

TEST_F(FactCacheTest, ThreadsShareOne) {
  const FactCache cache = open();
  put(cache, 9000, 9010);
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      for (unsigned round = 0; round < 100; ++round) {
        const unsigned first = number * 2000 + round * 10;
        put(cache, first, first + 10);
        EXPECT_EQ(known(cache, 9000, 9010), 10U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(known(cache, 0, 8000), 3000U);  // a few are not kept while 64 tables wait
}

}  // namespace
}  // namespace gs::facts
