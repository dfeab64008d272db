#include "lib/cache/fact_cache.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/support/temp_repo.h"

namespace gs::cache {
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

void put(FactCache& cache, unsigned begin, unsigned end, std::size_t size = 300) {
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
    auto cache = FactCache::open(path, version, {largest});
    if (!cache) throw std::runtime_error("no cache");
    return std::move(*cache);
  }
  // The only home.
  fs::path home() const { return fs::directory_iterator(path)->path(); }
  fs::path data() const { return home() / "data.mdb"; }
  std::size_t homes() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
  // In another process, as everybody else is; its exit code.
  static int elsewhere(const std::function<int()>& work) {
    const pid_t child = fork();
    if (child == 0) _exit(work());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  int known_elsewhere(unsigned begin, unsigned end, std::uint32_t version = 1) const {
    return elsewhere([&] { return static_cast<int>(known(open(version), begin, end)); });
  }

  test::TempFolder folder;
  fs::path path = folder.path() / "stream" / "facts";
};

TEST_F(FactCacheTest, KeepsWhatIsPut) {
  FactCache cache = open();
  EXPECT_EQ(known(cache, 0, 100), 0U);
  put(cache, 0, 100);
  EXPECT_EQ(known(cache, 0, 200), 100U);
  EXPECT_EQ(known_elsewhere(0, 200), 100);
}

TEST_F(FactCacheTest, KeepsKindsApartAndEmptyAndLargeFacts) {
  FactCache cache = open();
  const std::string large(300000, 'x');
  const std::vector<FactCache::Entry> entries{{FactKind::imports, blob(1), ""},
                                              {FactKind::interface, blob(1), large},
                                              {FactKind::interface, blob(2), "two"}};
  cache.put(entries);
  const FactCache::Reader reader(cache);
  EXPECT_THAT(reader.get(FactKind::imports, blob(1)), Optional(std::string_view()));
  EXPECT_THAT(reader.get(FactKind::interface, blob(1)), Optional(std::string_view(large)));
  EXPECT_FALSE(reader.get(FactKind::imports, blob(2)));
}

TEST_F(FactCacheTest, AReaderSeesOneState) {
  FactCache cache = open();
  put(cache, 0, 10);
  const FactCache::Reader reader(cache);
  const auto before = reader.get(FactKind::imports, blob(3));
  put(cache, 10, 20);
  EXPECT_EQ(elsewhere([&] {
              FactCache other = open();
              for (unsigned i = 20; i < 2000; i += 20) put(other, i, i + 20);
              return 0;
            }),
            0);
  EXPECT_FALSE(reader.get(FactKind::imports, blob(15)));
  EXPECT_THAT(before, Optional(std::string_view(facts(3))));
  EXPECT_EQ(known(cache, 0, 2000), 2000U);
}

TEST_F(FactCacheTest, ManyInOneProcessAreOne) {
  auto first = std::make_unique<FactCache>(open());
  FactCache second = open();
  put(*first, 0, 10);
  const FactCache::Reader reader(second);
  first.reset();
  EXPECT_EQ(elsewhere([&] {
              FactCache other = open();
              for (unsigned i = 10; i < 2000; i += 10) put(other, i, i + 10);
              return 0;
            }),
            0);
  for (unsigned i = 0; i < 10; ++i)
    EXPECT_THAT(reader.get(FactKind::imports, blob(i)), Optional(std::string_view(facts(i))));
  EXPECT_FALSE(reader.get(FactKind::imports, blob(100)));
}

TEST_F(FactCacheTest, AnotherVersionSeesNothingAndDropsWhatIsOld) {
  FactCache first = open(1);
  put(first, 0, 10);
  const fs::path old = home();
  FactCache second = open(2);
  EXPECT_EQ(known(second, 0, 10), 0U);
  put(second, 0, 5);
  EXPECT_EQ(known(second, 0, 10), 5U);
  EXPECT_EQ(known(first, 0, 10), 10U);  // used at the same time
  EXPECT_EQ(homes(), 2U);
  fs::last_write_time(old / "data.mdb", fs::file_time_type::clock::now() - std::chrono::hours(2));
  put(second, 5, 10);
  EXPECT_EQ(homes(), 1U);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_EQ(known(first, 0, 10), 0U);  // thrown away: it sees nothing, and does not fall
  EXPECT_EQ(known_elsewhere(0, 10, 1), 0);
}

TEST_F(FactCacheTest, StaysSmallAndKeepsWhatIsUsed) {
  constexpr std::uint64_t kLargest = 4U << 20U;
  FactCache cache = open(1, kLargest);
  put(cache, 0, 100);
  for (unsigned i = 1000; i < 41000; i += 100) {
    put(cache, i, i + 100);
    ASSERT_EQ(known(cache, 0, 100), 100U) << i;
    ASSERT_EQ(known(cache, i, i + 100), 100U) << i;
  }
  EXPECT_LE(fs::file_size(data()), kLargest);
  EXPECT_GT(fs::file_size(data()), kLargest / 4);
  EXPECT_EQ(known(cache, 1000, 2000), 0U);
}

TEST_F(FactCacheTest, AReaderThatNeverEndsCostsTheFactsAtMost) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  FactCache cache = open(1, kLargest);
  put(cache, 0, 100);
  {
    const FactCache::Reader reader(cache);
    for (unsigned i = 1000; i < 21000; i += 100) put(cache, i, i + 100);
    EXPECT_THAT(reader.get(FactKind::imports, blob(7)), Optional(std::string_view(facts(7))));
  }
  FactCache later = open(1, kLargest);
  put(later, 0, 100);
  EXPECT_EQ(known(later, 0, 100), 100U);
  EXPECT_LE(fs::file_size(data()), kLargest);
}

TEST_F(FactCacheTest, TooMuchAtOnceIsNotKept) {
  FactCache cache = open(1, 1U << 20U);
  put(cache, 0, 10);
  put(cache, 100, 2000, 3000);
  EXPECT_EQ(known(cache, 0, 10), 10U);
  EXPECT_EQ(known(cache, 100, 2000, 3000), 0U);
}

TEST_F(FactCacheTest, IsDeletedWhileOthersHaveItOpen) {
  FactCache cache = open();
  put(cache, 0, 100);
  const FactCache::Reader reader(cache);
  fs::remove_all(path);
  EXPECT_TRUE(reader.get(FactKind::imports, blob(5)));
  put(cache, 100, 200);
  EXPECT_EQ(known(cache, 0, 100), 0U);
  EXPECT_EQ(elsewhere([&] {
              FactCache other = open();
              put(other, 0, 50);
              return static_cast<int>(known(other, 0, 100));
            }),
            50);
  put(cache, 0, 100);  // the old one writes into nothing any more
  EXPECT_EQ(known_elsewhere(0, 100), 50);
  EXPECT_EQ(known(open(), 0, 100), 50U);
}

TEST_F(FactCacheTest, HalfDeletedIsMadeAnew) {
  for (const char* name : {"data.mdb", "lock.mdb"}) {
    FactCache cache = open();
    put(cache, 0, 10);
    fs::remove(home() / name);
    EXPECT_EQ(elsewhere([&] {
                FactCache other = open();
                const unsigned before = known(other, 0, 10);
                put(other, 0, 10);
                return static_cast<int>(before * 100 + known(other, 0, 10));
              }),
              10)
        << name;
    fs::remove_all(path);
  }
}

TEST_F(FactCacheTest, ACutFileIsMadeAnew) {
  {
    FactCache cache = open();
    put(cache, 0, 1000);
  }
  const auto size = fs::file_size(data());
  for (const auto left : {size - 1, size / 2, std::uintmax_t{12288}, std::uintmax_t{5000},
                          std::uintmax_t{100}, std::uintmax_t{0}}) {
    fs::resize_file(data(), left);
    EXPECT_EQ(known_elsewhere(0, 1000), 0) << left;
    EXPECT_EQ(elsewhere([&] {
                FactCache cache = open();
                put(cache, 0, 1000);
                return known(cache, 0, 1000) == 1000 ? 0 : 1;
              }),
              0)
        << left;
  }
  FactCache cache = open();
  fs::resize_file(data(), size / 2);  // under the feet of one who has it open
  EXPECT_EQ(known(cache, 0, 1000), 0U);
  put(cache, 0, 10);
}

TEST_F(FactCacheTest, GarbageIsNoFact) {
  {
    FactCache cache = open();
    put(cache, 0, 1000);
  }
  std::string bytes(fs::file_size(data()), '\0');
  std::fstream file(data(), std::ios::in | std::ios::out | std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const std::string wanted = facts(500);
  std::size_t changed = 0;
  for (std::size_t at = bytes.find(wanted); at != bytes.npos; at = bytes.find(wanted, at + 1)) {
    file.seekp(static_cast<std::streamoff>(at + 20));
    file.put('!');
    ++changed;
  }
  file.close();
  ASSERT_GT(changed, 0U);
  FactCache cache = open();
  EXPECT_EQ(known(cache, 500, 501), 0U);
  EXPECT_EQ(known(cache, 0, 1000), 999U);
}

TEST_F(FactCacheTest, FilesThatAreNoneAreReplaced) {
  open();
  for (const char* name : {"data.mdb", "lock.mdb"}) {
    std::ofstream(home() / name, std::ios::binary) << std::string(20000, '?');
    EXPECT_EQ(elsewhere([&] {
                FactCache cache = open();
                put(cache, 0, 10);
                return static_cast<int>(known(cache, 0, 10));
              }),
              10)
        << name;
  }
}

TEST_F(FactCacheTest, IsNotWhereItCannotBe) {
  std::ofstream(folder.path() / "file") << "no folder";
  EXPECT_FALSE(FactCache::open(folder.path() / "file" / "facts", 1));
  EXPECT_FALSE(FactCache::open(folder.path() / "file", 1));
  EXPECT_FALSE(FactCache::open("/proc/self/facts", 1));
  if (geteuid() != 0) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_FALSE(FactCache::open(path, 1));
    fs::permissions(path, fs::perms::owner_all);
  }
}

TEST_F(FactCacheTest, AStoppedWriterCostsTheFactsOnly) {
  FactCache cache = open();
  put(cache, 0, 10);
  const int other = ::open(data().c_str(), O_RDONLY);  // what a writer holds
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  put(cache, 10, 20);
  EXPECT_EQ(known(cache, 0, 20), 10U);
  ::close(other);
  put(cache, 10, 20);
  EXPECT_EQ(known(cache, 0, 20), 20U);
}

TEST_F(FactCacheTest, WhoIsStoppedAtTheDoorHangsNobody) {
  open();
  const int other = ::open(home().c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  EXPECT_EQ(elsewhere([&] { return FactCache::open(path, 1) ? 1 : 0; }), 0);
  ::close(other);
  EXPECT_EQ(elsewhere([&] { return FactCache::open(path, 1) ? 1 : 0; }), 1);
}

TEST_F(FactCacheTest, ObeysTheUmask) {
  const mode_t before = umask(0077);
  open();
  umask(before);
  EXPECT_EQ(fs::status(data()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::remove_all(path);
  const mode_t again = umask(0002);
  EXPECT_EQ(elsewhere([&] { return FactCache::open(path, 1) ? 0 : 1; }), 0);
  umask(again);
  EXPECT_EQ(fs::status(data()).permissions() & fs::perms::group_write, fs::perms::group_write);
}

TEST_F(FactCacheTest, ManyDeadReadersStopNobody) {
  for (int i = 0; i < 300; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const FactCache cache = open();
      const FactCache::Reader reader(cache);
      ::kill(getpid(), SIGKILL);
    }
    waitpid(child, nullptr, 0);
  }
  EXPECT_EQ(elsewhere([&] {
              FactCache cache = open();
              put(cache, 0, 10);
              return static_cast<int>(known(cache, 0, 10));
            }),
            10);
}

// The last to let go of the files closes them, while another thread may be opening them.
TEST_F(FactCacheTest, ThreadsMayEachHaveOne) {
  {
    FactCache cache = open();
    put(cache, 9000, 9010);
  }
  const auto inode = [this] {
    struct stat status {};
    return ::stat(data().c_str(), &status) == 0 ? status.st_ino : 0;
  };
  const ino_t before = inode();
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      for (unsigned round = 0; round < 200; ++round) {
        auto cache = FactCache::open(path, 1, {64U << 20U});
        if (!cache) continue;  // somebody was long at the door
        const unsigned first = number * 2000 + round * 10;
        put(*cache, first, first + 10);
        EXPECT_THAT(known(*cache, 9000, 9010), testing::AnyOf(0U, 10U));  // no view, or a whole one
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inode(), before) << "it was thrown away";
  EXPECT_GT(known(open(), 0, 8000), 100U);
}

}  // namespace
}  // namespace gs::cache
