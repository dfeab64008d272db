#include "lib/platform/memory.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace gs::platform {
namespace {

TEST(FindLast, IsAsOfText) {
  for (const std::string& text : std::vector<std::string>{"", "T", "a", "TREE TREE", "aT", "Taaa"})
    EXPECT_EQ(find_last(text, 'T'), text.rfind('T')) << text;
}

TEST(Populate, LeavesWhatIsThere) {
  std::vector<char> bytes(3 << 16, 'x');
  populate(bytes.data() + 5, bytes.size() - 10);  // from the midst of a page
  EXPECT_EQ(bytes, std::vector<char>(bytes.size(), 'x'));
}

}  // namespace
}  // namespace gs::platform
