#include <gtest/gtest.h>

#include "lib/python/source_text.h"

namespace {

using gs::python::fold_identifier;

// As `unicodedata.normalize("NFKC", …)` and the keys of a module's __dict__ say.
TEST(FoldIdentifier, FoldsAsCPython) {
  EXPECT_EQ(fold_identifier("plain_1"), "plain_1");
  EXPECT_EQ(fold_identifier("ﬁle"), "file");
  EXPECT_EQ(fold_identifier("𝔘nit"), "Unit");
  EXPECT_EQ(fold_identifier("caf\u0065\u0301"), "café");
  EXPECT_EQ(fold_identifier("ª"), "a");
  EXPECT_EQ(fold_identifier("变量"), "变量");
  EXPECT_EQ(fold_identifier("ſ"), "s");
}

TEST(FoldIdentifier, LeavesOtherBytesAlone) {
  EXPECT_EQ(fold_identifier("a\xff"), "a\xff");
  EXPECT_EQ(fold_identifier(std::string_view("\xc3", 1)), "\xc3");
  EXPECT_EQ(fold_identifier(""), "");
}

}  // namespace
