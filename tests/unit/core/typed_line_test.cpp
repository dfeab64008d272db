#include "lib/core/typed_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/process/process.h"

namespace gs::core {
namespace {

using testing::ElementsAre;

constexpr char kBreaks[] = " \t\n\"'><=;|&(:";  // bash's own

struct Case {
  const char* line;
  std::vector<std::string> words;
  std::size_t kept;
  char quote;
};

TEST(TypedLine, WordsAndWhatOfTheLastIsReplaced) {
  const Case cases[] = {
      {"", {""}, 0, 0},
      {" lock ", {"lock", ""}, 0, 0},
      {"lock a", {"lock", "a"}, 0, 0},
      {"check --format=te", {"check", "--format=te"}, 9, 0},
      {"unlock docs/a:b", {"unlock", "docs/a:b"}, 7, 0},
      {"unlock docs/a\\:b", {"unlock", "docs/a:b"}, 0, 0},
      {"unlock 'a:b c", {"unlock", "a:b c"}, 0, '\''},
      {"unlock x:\"a b", {"unlock", "x:a b"}, 2, '"'},
      {"set 'to do' \"a\\\"b\\c\" d\\ e f", {"set", "to do", "a\"b\\c", "d e", "f"}, 0, 0},
      {"set $'a\\n\\tb\\'\\x41\\101\\\\' ''  x", {"set", "a\n\tb'AA\\", "", "x"}, 0, 0},
      {"a\\\nb", {"ab"}, 0, 0},
      {"x\\", {"x"}, 0, 0},
      {"$'a", {"a"}, 0, '\''},
      {"\"a\"b", {"ab"}, 1, 0},  // a closed quotation mark divides words for readline too
      {"\xc3\xa4\xff", {"\xc3\xa4\xff"}, 0, 0},
  };
  for (const Case& one : cases) {
    const TypedLine typed = read_typed_line(one.line, kBreaks);
    EXPECT_EQ(typed.words, one.words) << one.line;
    EXPECT_EQ(typed.kept, one.kept) << one.line;
    EXPECT_EQ(typed.quote, one.quote) << one.line;
  }
  EXPECT_EQ(read_typed_line("a:b=c", "").kept, 0U);  // whoever sets COMP_WORDBREAKS
  EXPECT_EQ(read_typed_line("a:'b'c", ":").kept, 2U);
}

TEST(TypedLine, WhatIsTypedMeansTheText) {
  const std::string all = [] {
    std::string bytes;
    for (int byte = 1; byte < 256; ++byte) bytes += static_cast<char>(byte);
    return bytes;
  }();
  for (const std::string& text : {std::string("a b"), std::string("it's \"$HOME\" `x` \\ !"),
                                  std::string("~"), std::string("a\nb\tc\x01"), all}) {
    EXPECT_THAT(read_typed_line(quote_typed(text, 0), kBreaks).words, ElementsAre(text));
    for (const char quote : {'\'', '"'}) {
      const std::string line = quote + quote_typed(text, quote);
      EXPECT_THAT(read_typed_line(line, kBreaks).words, ElementsAre(text));
    }
    const auto echoed =
        process::run({{"bash", "-c",
                       "printf %s " + quote_typed(text, 0) + " \"" + quote_typed(text, '"') + "\""},
                      {},
                      {},
                      {},
                      {}});
    EXPECT_EQ(echoed.output, text + text);
  }
}

}  // namespace
}  // namespace gs::core
