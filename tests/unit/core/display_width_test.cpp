#include <gtest/gtest.h>

#include "lib/core/text.h"

namespace gs::core {
namespace {

TEST(DisplayWidth, IsWhatATerminalShows) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("risk"), 4U);
  EXPECT_EQ(display_width("Größe…"), 6U);
  EXPECT_EQ(display_width("漢字"), 4U);
  EXPECT_EQ(display_width("ＡＢ"), 4U) << "fullwidth";
  EXPECT_EQ(display_width("🚀🧪🟢"), 6U);
  EXPECT_EQ(display_width("e\u0301"), 1U) << "a combining accent";
  EXPECT_EQ(display_width("a\u200bb"), 2U) << "a blank without width";
  EXPECT_EQ(display_width("→▶"), 2U);
}

TEST(DisplayWidth, GoesOnAfterBytesThatAreNoUtf8) {
  EXPECT_EQ(display_width("\xff\xe6\xbc"), 3U);
  EXPECT_EQ(display_width("a\xe6\xbc\xa2"), 3U);
}

TEST(FirstLetter, SaysItsBytesAndColumns) {
  const Letter wide = first_letter("漢字"), mark = first_letter("\u0301e");
  EXPECT_EQ(wide.bytes, 3U);
  EXPECT_EQ(wide.columns, 2U);
  EXPECT_EQ(mark.bytes, 2U);
  EXPECT_EQ(mark.columns, 0U);
}

}  // namespace
}  // namespace gs::core
