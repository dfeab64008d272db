#include "lib/agents/settings/marked_block.h"

#include <gtest/gtest.h>

#include "lib/core/error.h"

namespace gs::agents {
namespace {

constexpr BlockMarks kMarks{"<begin>", "<end>"};
constexpr char kFile[] = "AGENTS.md";

TEST(MarkedBlock, GoesInAtTheEndAndComesOutToTheByte) {
  struct Case {
    std::string before, after;
  };
  const Case cases[] = {
      {"", "<begin>\na\nb\n<end>\n"},
      {"x\n", "x\n\n<begin>\na\nb\n<end>\n"},
      {"x", "x\n\n<begin>\na\nb\n<end>"},
      {"x\n\n", "x\n\n\n<begin>\na\nb\n<end>\n"},
      {"x\r\ny\r\n", "x\r\ny\r\n\r\n<begin>\r\na\r\nb\r\n<end>\r\n"},
      {"x\r\ny", "x\r\ny\r\n\r\n<begin>\r\na\r\nb\r\n<end>"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(with_block(one.before, kMarks, "a\nb\n", kFile), one.after);
    EXPECT_EQ(with_block(one.after, kMarks, "a\nb\n", kFile), one.after);
    EXPECT_EQ(without_block(one.after, kMarks, kFile), one.before);
    EXPECT_EQ(without_block(one.before, kMarks, kFile), one.before);
  }
}

TEST(MarkedBlock, IsRenewedWhereItStands) {
  EXPECT_EQ(with_block("x\n<begin>\nold\n<end>\ny", kMarks, "new\n", kFile),
            "x\n<begin>\nnew\n<end>\ny");
  EXPECT_EQ(without_block("x\n<begin>\nold\n<end>\ny", kMarks, kFile), "x\ny");
  EXPECT_EQ(without_block("<begin>\n<end>\ny\n", kMarks, kFile), "y\n");
}

TEST(MarkedBlock, AMarkWithoutTheOtherIsRefused) {
  for (const char* text : {"<begin>\n", "<end>\n", "<end>\n<begin>\n", "<begin>\n<begin>\n<end>\n",
                           "<begin>\n<end>\n<end>\n"}) {
    EXPECT_THROW(with_block(text, kMarks, "", kFile), core::Error) << text;
    EXPECT_THROW(without_block(text, kMarks, kFile), core::Error) << text;
  }
  EXPECT_EQ(without_block(" <begin>\n<end> \n", kMarks, kFile), " <begin>\n<end> \n");
}

}  // namespace
}  // namespace gs::agents
