#include "lib/core/text.h"

#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <vector>

#include "tests/support/temp_repo.h"

namespace gs::core {
namespace {

// What a decoder that knows the code points says, for sequences of two to four bytes.
bool well_formed(const std::string& text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[i]));
  };
  const std::size_t size = text.size();
  unsigned point = byte(0) & (0x7fU >> size);
  if ((byte(0) >> (7 - size)) != (0xffU >> (7 - size)) - 1) return false;
  for (std::size_t i = 1; i < size; ++i) {
    if (byte(i) >> 6 != 2) return false;
    point = point << 6 | (byte(i) & 0x3f);
  }
  const unsigned least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  return point >= least && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

TEST(Utf8, KnowsAllShortSequences) {
  for (unsigned a = 0x80; a < 256; ++a) {
    EXPECT_EQ(utf8_length(std::string(1, static_cast<char>(a))), 0U);
    for (unsigned b = 0; b < 256; ++b) {
      const std::string two{static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(utf8_length(two) == 2, well_formed(two)) << a << ' ' << b;
      if (a < 0xe0) continue;
      for (unsigned c = 0; c < 256; ++c) {
        const std::string three = two + static_cast<char>(c);
        ASSERT_EQ(utf8_length(three) == 3, well_formed(three)) << a << ' ' << b << ' ' << c;
        if (a < 0xf0) continue;
        for (const char d : {'\0', '\x7f', '\x80', '\xbf', '\xc0', '\xff'}) {
          const std::string four = three + d;
          ASSERT_EQ(utf8_length(four) == 4, well_formed(four)) << a << ' ' << b << ' ' << c;
        }
      }
    }
  }
}

TEST(Utf8, AsciiIsOneByteAndNothingIsNone) {
  for (int c = 0; c < 0x80; ++c) EXPECT_EQ(utf8_length(std::string(1, static_cast<char>(c))), 1U);
  EXPECT_EQ(utf8_length(""), 0U);
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"));
  EXPECT_FALSE(is_utf8("a\xc3"));
  EXPECT_FALSE(is_utf8("a\xa9z"));
}

const std::vector<std::string>& odd_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names{"plain.py",    "a b",         "tab\there",
                                   "new\nline",   "quote\"s",    "back\\slash",
                                   "'single'",    "caf\xc3\xa9", "\xe2\x82\xac/\xf0\x9f\x98\x80",
                                   "esc\x1b[31m", "\"start",     "end\"",
                                   "~",           "-n",          "$HOME",
                                   "*?[x]",       "\\101"};
    for (int c = 1; c < 0x80; ++c) {
      if (c != '/') names.push_back(std::string("x") + static_cast<char>(c) + "0");
    }
    return names;
  }();
  return kNames;
}

TEST(QuotePath, IsGits) {
  const test::TempRepo repo;
  for (const std::string& name : odd_names()) {
    repo.git({"update-index", "--add", "--cacheinfo",
              "100644,e69de29bb2d1d6434b8b29ae775ad8c2e48c5391," + name});
  }
  std::istringstream raw(repo.git({"ls-files", "-z"}));
  std::istringstream quoted(repo.git({"-c", "core.quotePath=false", "ls-files"}));
  std::string path, line;
  std::size_t count = 0;
  for (; std::getline(raw, path, '\0') && std::getline(quoted, line); ++count) {
    EXPECT_EQ(quote_path(path), line);
  }
  EXPECT_EQ(count, odd_names().size());
}

TEST(QuotePath, EscapesBadBytesAndC1Controls) {
  EXPECT_EQ(quote_path("a\xff"), "\"a\\377\"");
  EXPECT_EQ(quote_path("caf\xc3\xa9\xc3"), "\"caf\xc3\xa9\\303\"");
  EXPECT_EQ(quote_path("\xc2\x9b"
                       "31m"),
            "\"\\302\\23331m\"");
  EXPECT_EQ(quote_path("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(quote_path(""), "");
}

std::vector<std::string> random_names() {
  std::vector<std::string> names = odd_names();
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string& name = names.emplace_back();
    for (auto length = random() % 8; length > 0; --length) {
      name += random() % 2 == 0 ? static_cast<char>(random())
                                : "\"\\\n\x7f\xc3\xa9"
                                  "0a"[random() % 8];
    }
  }
  return names;
}

TEST(QuotePath, ReadsBack) {
  int quoted = 0;
  for (const std::string& name : random_names()) {
    const std::string text = quote_path(name);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(printable(text), text);
    if (text == name) {
      EXPECT_FALSE(text.starts_with('"'));
    } else {
      EXPECT_EQ(unquote_path(text), name);
      ++quoted;
    }
  }
  EXPECT_GT(quoted, 1000);
}

TEST(UnquotePath, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"", "\"", "a", "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"\\x41\"",
                           "\"\\1\"", "\"\\12\"", "\"\\400\"", "\"\\189\"", "\"\\"}) {
    EXPECT_EQ(unquote_path(text), std::nullopt) << text;
  }
  EXPECT_EQ(unquote_path("\"\""), "");
  EXPECT_EQ(unquote_path("\"\\101\\n\\\"\""), "A\n\"");
}

TEST(JsonPath, ReadsBack) {
  for (const std::string& name : random_names()) {
    const std::string text = json_path(name);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(path_from_json(text), name);
  }
}

TEST(JsonPath, LeavesTextAlone) {
  EXPECT_EQ(json_path("caf\xc3\xa9\n\\"), "caf\xc3\xa9\n\\");
  EXPECT_EQ(json_path("\xff\xc3\xa9"), "\"\\377\\303\\251\"");
  EXPECT_EQ(json_path("\"a"), "\"\\\"a\"");
  EXPECT_EQ(path_from_json("\"not closed"), "\"not closed");
}

TEST(Printable, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[31m\n\t\x7f"), "a?[31m???");
  EXPECT_EQ(printable("caf\xc3\xa9 \xe2\x82\xac"), "caf\xc3\xa9 \xe2\x82\xac");
  EXPECT_EQ(printable("\xc2\x9b"
                      "0m\xff\xc3"),
            "?0m??");
  EXPECT_EQ(printable("\xc2\xa0"), "\xc2\xa0");
}

// What reverses text, breaks lines or is not seen at all: nobody is shown a name that reads as
// another.
TEST(Printable, ShowsWhatHidesOrTurnsText) {
  for (const std::string hidden :
       {"\xd8\x9c", "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa0", "\xe2\x81\xa6", "\xe2\x81\xa9",
        "\xe2\x81\xaf", "\xef\xbb\xbf", "\xf3\xa0\x80\xa0", "\xf3\xa0\x81\xbf"}) {
    EXPECT_EQ(printable("a" + hidden + "b"), "a?b");
    const std::string quoted = quote_path("a" + hidden + "b");
    EXPECT_TRUE(quoted.starts_with("\"a\\")) << quoted;
    EXPECT_EQ(unquote_path(quoted), "a" + hidden + "b");
  }
  // Beside them: letters that join, of which languages are written, and marks.
  for (const std::string shown :
       {"\xd8\xa8", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x90", "\xe2\x80\xa7", "\xe2\x80\xaf",
        "\xe2\x81\xb0", "\xef\xbb\xbe", "\xf3\xa0\x82\x80", "\xd7\xa9", "\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(printable(shown), shown);
    EXPECT_EQ(quote_path(shown), shown);
  }
  EXPECT_EQ(printable_lines("a\n\xe2\x80\xae\n"), "a\n?\n");
}

TEST(QuoteShell, IsReadBackByAShell) {
  const test::TempFolder folder;
  for (const std::string& name : odd_names()) {
    const std::string word = quote_shell(name);
    EXPECT_EQ(printable(word), word);
    process::Command command;
    command.argv = {"bash", "-c", "printf '%s|' " + word};
    command.directory = folder.path().string();
    EXPECT_EQ(process::run(command).output, name + '|') << word;
  }
}

TEST(QuoteShell, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(quote_shell("llm/a-b_c.py"), "llm/a-b_c.py");
  EXPECT_EQ(quote_shell(""), "''");
  EXPECT_EQ(quote_shell("a b"), "'a b'");
  EXPECT_EQ(quote_shell("it's"), "'it'\\''s'");
  EXPECT_EQ(quote_shell("llm/*.py"), "'llm/*.py'");
  EXPECT_EQ(quote_shell("caf\xc3\xa9"), "'caf\xc3\xa9'");
  EXPECT_EQ(quote_shell("\x1b'\"\\\xff"), "$'\\033\\'\"\\\\\\377'");
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  return nearest_word(word, candidates).value_or("none");
}

TEST(NearestWord, IsTheOneWithTheFewestEdits) {
  const std::vector<std::string> keys{"streams", "shared", "protected", "layers",
                                      "locks",   "rules",  "tasks"};
  EXPECT_EQ(nearest("stream", keys), "streams");
  EXPECT_EQ(nearest("sahred", keys), "shared");
  EXPECT_EQ(nearest("Layers", keys), "layers");
  EXPECT_EQ(nearest("lock", keys), "locks");
  EXPECT_EQ(nearest("protectde", keys), "protected");
  EXPECT_EQ(nearest("olg", {"log"}), "log");  // a swap is one edit
  EXPECT_EQ(nearest("integration", keys), "none");
  EXPECT_EQ(nearest("", keys), "none");
  EXPECT_EQ(nearest("rules", {}), "none");
}

TEST(NearestWord, NeedsSomethingInCommon) {
  EXPECT_EQ(nearest("A", {"B"}), "none");
  EXPECT_EQ(nearest("A1", {"B7"}), "none");
  EXPECT_EQ(nearest("F3", {"F1", "F2"}), "F1");
  EXPECT_EQ(nearest(std::string(5000, 'a'), {std::string(5000, 'a')}), "none");
}

}  // namespace
}  // namespace gs::core
