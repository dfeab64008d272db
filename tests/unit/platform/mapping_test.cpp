// Descriptors and mapped files.

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include "lib/platform/file.h"
#include "tests/support/temp_repo.h"

namespace gs::platform {
namespace {

Descriptor open_to_read(const std::filesystem::path& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) != -1;
}

class MappingTest : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& content) const {
    const std::filesystem::path path = folder_.path() / "file";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  test::TempFolder folder_;
};

TEST_F(MappingTest, ShowsWhatTheFileHolds) {
  const std::string content("a\0b\n", 4);
  const auto mapping = Mapping::of(open_to_read(file(content)), content.size());
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->bytes(), content) << "the descriptor may be closed by then";
}

TEST_F(MappingTest, OfNothingIsEmpty) {
  const auto mapping = Mapping::of(open_to_read(file("")), 0);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->bytes(), "");
}

TEST_F(MappingTest, OutlivesWhatItWasMovedFrom) {
  std::optional<Mapping> moved;
  {
    auto mapping = Mapping::of(open_to_read(file("content")), 7);
    moved.emplace(std::move(*mapping));
  }
  EXPECT_EQ(moved->bytes(), "content");
}

TEST_F(MappingTest, FailsWithTheReasonInErrno) {
  const Descriptor none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(Mapping::of(none, 1));
  EXPECT_EQ(errno, EBADF);
}

TEST_F(MappingTest, ADescriptorIsClosedOnceByWhoHasItLast) {
  int first = -1, second = -1;
  {
    Descriptor one = open_to_read(file("1"));
    first = one.get();
    Descriptor other = open_to_read(file("2"));
    second = other.get();
    other = std::move(one);
    EXPECT_FALSE(is_open(second)) << "what it had before";
    EXPECT_TRUE(is_open(first));
    EXPECT_EQ(other.get(), first);
  }
  EXPECT_FALSE(is_open(first));
}

TEST_F(MappingTest, ADescriptorThatIsReleasedStaysOpen) {
  int number = -1;
  {
    Descriptor descriptor = open_to_read(file(""));
    number = descriptor.release();
  }
  EXPECT_TRUE(is_open(number));
  Descriptor(number).close();
  EXPECT_FALSE(is_open(number));
}

}  // namespace
}  // namespace gs::platform
