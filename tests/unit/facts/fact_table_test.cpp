#include "lib/facts/fact_table.h"

#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <map>

#include "tests/support/temp_repo.h"

namespace gs::facts {
namespace {

namespace fs = std::filesystem;
using testing::Optional;

constexpr std::uint64_t kLargest = 1U << 30U;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FactTableTest : public testing::Test {
 protected:
  using Values = std::map<std::string, std::string, std::less<>>;

  void write(const Values& values) const {
    std::vector<Record> records;
    for (const auto& [key, value] : values) records.push_back({key, value});
    fs::remove(path);
    const platform::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    ASSERT_TRUE(write_table(file, 7, records));
  }
  std::optional<FactTable> open(std::uint32_t version = 7, std::uint64_t largest = kLargest) const {
    return FactTable::open(platform::Descriptor(::open(path.c_str(), O_RDONLY)), version, largest);
  }
  // In place.
  void flip(std::size_t at, unsigned bits) const {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(static_cast<unsigned>(byte) ^ bits));
  }
  static Values many(unsigned count, std::size_t size) {
    Values values;
    for (unsigned i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      values["key " + number] = number + std::string(size * (i % 3), static_cast<char>(i));
    }
    return values;
  }
  // What is found of them, each as it should be.
  static std::size_t found(std::optional<FactTable>& table, const Values& values) {
    if (!table) return 0;
    std::size_t count = 0;
    for (const auto& [key, value] : values) {
      const auto known = table->find(key);
      if (!known) continue;
      ++count;
      EXPECT_EQ(*known, value) << key;
    }
    for (const Record& record : table->records()) {
      const auto at = values.find(record.key);
      EXPECT_TRUE(at != values.end() && at->second == record.value) << record.key;
    }
    return count;
  }

  test::TempFolder folder;
  fs::path path = folder.path() / "table";
};

TEST_F(FactTableTest, FindsWhatWasWritten) {
  for (const unsigned count : {0U, 1U, 2U, 5000U}) {
    const Values values = many(count, 100);
    write(values);
    auto table = open();
    ASSERT_TRUE(table);
    EXPECT_EQ(found(table, values), count);
    EXPECT_EQ(table->records().size(), count);
    for (const char* key : {"", "a", "key", "key 1x", "key 99999", "z"})
      EXPECT_FALSE(table->find(key)) << key;
  }
}

TEST_F(FactTableTest, TakesKeysAndValuesOfAnySize) {
  const Values values{{std::string(1, '\0'), ""},
                      {std::string(255, 'k'), std::string(1000000, 'v')},
                      {std::string(20, '\xff'), std::string(33000, '\0')},
                      {std::string(33, '\xff'), "x"}};
  write(values);
  auto table = open();
  EXPECT_EQ(found(table, values), values.size());
}

TEST_F(FactTableTest, AnotherVersionsAndTooLargeOnesAreNone) {
  write(many(10, 10));
  EXPECT_TRUE(open(7, fs::file_size(path)));
  EXPECT_FALSE(open(7, fs::file_size(path) - 1));
  EXPECT_FALSE(open(8));
  EXPECT_FALSE(open(7U | 1U << 31U));
}

TEST_F(FactTableTest, EveryFlippedBitIsNoticed) {
  const Values values = many(12, 7);
  write(values);
  const std::size_t size = fs::file_size(path);
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    flip(bit / 8, 1U << bit % 8);
    auto table = open();
    ASSERT_EQ(found(table, values), 0U) << "bit " << bit;  // all are in one block
    flip(bit / 8, 1U << bit % 8);
  }
  auto table = open();
  EXPECT_EQ(found(table, values), values.size());
}

TEST_F(FactTableTest, AChangedByteCostsItsBlockOnly) {
  const Values values = many(300, 500);
  write(values);
  const std::size_t size = fs::file_size(path);
  std::size_t most = 0;
  for (std::size_t at = 0; at < size; at += 997) {
    flip(at, 0xff);
    auto table = open();
    const std::size_t count = found(table, values);
    EXPECT_LT(count, values.size());
    most = std::max(most, count);
    flip(at, 0xff);
  }
  EXPECT_GT(most, values.size() / 2);
}

TEST_F(FactTableTest, ACutOrLongerFileIsNone) {
  const Values values = many(20, 30);
  write(values);
  const std::string whole = read(path);
  for (std::size_t size = whole.size(); size-- > 0;) {
    fs::resize_file(path, size);
    ASSERT_FALSE(open()) << size;
  }
  for (const std::string& more : {std::string("x"), std::string(8, '\0'), whole}) {
    std::ofstream(path, std::ios::binary) << whole << more;
    EXPECT_FALSE(open());
  }
  std::ofstream(path, std::ios::binary) << std::string(100000, '\0');
  EXPECT_FALSE(open());
}

TEST_F(FactTableTest, WhatIsCutOrOverwrittenWhileItIsOpenIsNotFound) {
  const Values values = many(1000, 100);
  write(values);
  auto cut = open(), overwritten = open();
  fs::resize_file(path, fs::file_size(path) / 2);
  const std::size_t left = found(cut, values);
  EXPECT_GT(left, 0U);
  EXPECT_LT(left, values.size());
  std::ofstream(path, std::ios::binary) << std::string(300000, '?');
  EXPECT_EQ(found(overwritten, values), 0U);
  EXPECT_EQ(found(cut, values), left) << "what was read is kept";
}

TEST_F(FactTableTest, OtherKindsOfFilesAreNone) {
  EXPECT_FALSE(open());  // not there
  fs::create_directory(path);
  EXPECT_FALSE(open());
}

TEST(FactTable, ChecksumsDependOnAllBytesAndTheLength) {
  EXPECT_NE(checksum(""), checksum(std::string_view("\0", 1)));
  EXPECT_NE(checksum(std::string(8, '\0')), checksum(std::string(16, '\0')));
  EXPECT_NE(checksum("abcdefghi"), checksum("abcdefghj"));
  EXPECT_NE(checksum("abcdefgh12345678"), checksum("12345678abcdefgh"));
}

}  // namespace
}  // namespace gs::facts
