#include "lib/core/path_form.h"

#include <gtest/gtest.h>

#include "lib/core/lock.h"
#include "lib/core/pattern.h"

namespace gs::core {
namespace {

constexpr char kComposed[] = "docs/\u00e9.md", kDecomposed[] = "docs/e\u0301.md";
constexpr char kCapital[] = "docs/\u00c9.md";

struct Pair {
  std::string_view a, b;
  bool same, same_without_case;
};

TEST(PathForm, WhatFileSystemsTakeForOneName) {
  const Pair pairs[] = {
      {"llm/news.py", "llm/news.py", true, true},
      {"llm/news.py", "LLM/News.py", false, true},
      {"llm/news.py", "llm/new.py", false, false},
      {kComposed, kDecomposed, true, true},
      {kComposed, kCapital, false, true},
      {kDecomposed, kCapital, false, true},
      {kComposed, "docs/e.md", false, false},
      {"gr\u00f6\u00dfe", "GRO\u0308SSE", false, true},
      {"\u212aey.py", "Key.py", true, true},  // the Kelvin sign
      {"\u212aey.py", "key.py", false, true},
      {"\u0391\u03a3", "\u03b1\u03c2", false, true},   // final sigma
      {"\ud55c", "\u1112\u1161\u11ab", true, true},    // a syllable of Hangul
      {"a\u0323\u0307", "a\u0307\u0323", true, true},  // the order of marks
      {"\u1fb4", "\u03b1\u0345\u0301", true, true},    // and of one that folds to a letter
      {"\u1fb4", "\u0391\u0345\u0301", false, true},
      {".g\u200cit", ".git", false, true},  // HFS+ passes over it
      {"\ufb01", "fi", false, true},
      {"\u00b2", "2", false, false},  // compatibility is not equivalence
      {"\xff.py", "\xff.PY", false, true},
      {"\xff", "\xfe", false, false},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(same_path(pair.a, pair.b, false), pair.same) << pair.a << " " << pair.b;
    EXPECT_EQ(same_path(pair.b, pair.a, true), pair.same_without_case) << pair.a << " " << pair.b;
    for (const std::string_view text : {pair.a, pair.b}) {
      const std::string form = path_form(text, true);
      EXPECT_EQ(path_form(form, true), form) << text;
    }
  }
}

std::string utf8(std::uint32_t point) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto next = [&](int shift) { return byte(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x800) return {byte(0xc0 | (point >> 6)), next(0)};
  if (point < 0x10000) return {byte(0xe0 | (point >> 12)), next(6), next(0)};
  return {byte(0xf0 | (point >> 18)), next(12), next(6), next(0)};
}

TEST(PathForm, OfAFormIsTheFormItself) {
  for (std::uint32_t point = 0x80; point < 0x20000; ++point) {
    if (point >= 0xd800 && point < 0xe000) continue;
    for (const std::string& text : {utf8(point), "a" + utf8(point) + "\u0301\u0345"}) {
      for (const bool ignore_case : {false, true}) {
        const std::string form = path_form(text, ignore_case);
        ASSERT_EQ(path_form(form, ignore_case), form) << text << " " << point;
        ASSERT_TRUE(same_path(text, form, ignore_case)) << text << " " << point;
      }
    }
  }
}

TEST(PathForm, OfPatterns) {
  EXPECT_TRUE(pattern_matches("docs/e\u0301*.md", "docs/\u00e9t\u00e9.md", false));
  EXPECT_TRUE(pattern_matches("docs/\u00e9*.md", "docs/e\u0301te\u0301.md", false));
  EXPECT_FALSE(pattern_matches("docs/\u00e9*.md", "docs/\u00c9t\u00e9.md", false));
  EXPECT_TRUE(pattern_matches("docs/\u00e9*.md", "docs/E\u0301t\u00e9.md", true));
  EXPECT_TRUE(pattern_matches("docs/\u00e9", "docs/e\u0301/below.md", false));
  EXPECT_FALSE(pattern_matches("docs/e*.md", kComposed, false)) << "as git has it";
  EXPECT_TRUE(pattern_matches("docs/e*.md", kDecomposed, false)) << "as git has it";
  EXPECT_TRUE(pattern_matches("docs/??.md", kComposed, false)) << "two bytes";

  const PatternList list({"docs/*.md", "!docs/e\u0301.md"}, false);
  EXPECT_FALSE(list.matches(kComposed));
  EXPECT_FALSE(list.matches(kDecomposed));
  EXPECT_TRUE(list.matches(kCapital));
  EXPECT_FALSE(PatternList({"docs/*.md", "!docs/e\u0301.md"}, true).matches(kCapital));

  EXPECT_TRUE(patterns_collide("docs/\u00e9*", "*/e\u0301.md", false));
  EXPECT_FALSE(patterns_collide("docs/\u00e9*", "*/E\u0301.md", false));
  EXPECT_TRUE(patterns_collide("docs/\u00e9*", "*/E\u0301.md", true));
}

TEST(PathForm, OfLocks) {
  LockTable locks(2);
  locks[0].path = kDecomposed;
  locks[1].path = "src/e\u0301/";
  const LockIndex exact(locks, false), folding(locks, true);
  EXPECT_EQ(exact.on(kComposed).size(), 1U);
  EXPECT_EQ(exact.on("src/\u00e9/a.py").size(), 1U);
  EXPECT_EQ(exact.on(kCapital).size(), 0U);
  EXPECT_EQ(folding.on(kCapital).size(), 1U);
  EXPECT_EQ(folding.on("SRC/\u00c9/a.py").size(), 1U);
  EXPECT_TRUE(covers(locks[0], kComposed, false));
}

}  // namespace
}  // namespace gs::core
