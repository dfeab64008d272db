#include <gtest/gtest.h>

#include "lib/core/text.h"
#include "lib/report/pictures.h"

namespace gs::report {
namespace {

TEST(TextWidth, WhatFitsIsLeftAsItIs) {
  EXPECT_EQ(fitted("Foundation", 11), "Foundation");
  EXPECT_EQ(fitted("", 0), "");
}

TEST(TextWidth, WhatDoesNotIsCutByItsWidthNotByItsLength) {
  const std::string narrow = fitted(std::string(40, 'i'), 8),
                    wide = fitted(std::string(40, 'W'), 8);
  EXPECT_GT(narrow.size(), wide.size() + 5);
  EXPECT_EQ(fitted("a word and more", 5.2), "a word…");
  EXPECT_LT(fitted("Foundation of all", 8, true).size(), fitted("Foundation of all", 8).size());
}

TEST(TextWidth, CharactersStayWhole) {
  const std::string text = "aü名👩b名前ü👩";
  for (double ems = 0; ems < 10; ems += 0.1) {
    const std::string cut = fitted(text, ems);
    EXPECT_TRUE(core::is_utf8(cut)) << ems;
    EXPECT_TRUE(cut == "…" || text_ems(cut) <= ems) << cut;
  }
}

}  // namespace
}  // namespace gs::report
