#include "lib/platform/file_copy.h"

#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "tests/support/temp_repo.h"

namespace gs::platform {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class FileCopy : public testing::Test {
 protected:
  int copy(const fs::path& from, int flags = O_WRONLY | O_CREAT | O_TRUNC) const {
    const Descriptor in(open(from.c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor out(open(to_.c_str(), flags | O_CLOEXEC, 0600));
    return copy_bytes(in, out);
  }

  test::TempFolder folder_;
  fs::path to_ = folder_.path() / "to";
};

TEST_F(FileCopy, HasTheSameBytes) {
  constexpr std::size_t kSizes[] = {0, 1, 4096, (3 << 20) + 7};
  for (const std::size_t size : kSizes) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 >> 3);
    const fs::path from = folder_.path() / "from";
    std::ofstream(from, std::ios::binary) << text;
    EXPECT_EQ(copy(from), 0) << size;
    EXPECT_EQ(content(to_), text) << size;
  }
}

// The kernel copies no file of /proc by itself.
TEST_F(FileCopy, IsMadeByReadingWhereTheKernelCannot) {
  EXPECT_EQ(copy("/proc/version"), 0);
  EXPECT_EQ(content(to_), content("/proc/version"));
  EXPECT_NE(content(to_), "");
}

TEST_F(FileCopy, SaysWhyNot) {
  copy("/proc/version");
  EXPECT_NE(copy("/proc/version", O_RDONLY), 0);
}

}  // namespace
}  // namespace gs::platform
