#include "lib/core/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/lock.h"

namespace gs::core {
namespace {

struct Row {
  const char* pattern;
  const char* path;
  bool matches;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.pattern << " on " << row.path;
}

class Matching : public testing::TestWithParam<Row> {};

TEST_P(Matching, IsGits) {
  EXPECT_EQ(pattern_matches(GetParam().pattern, GetParam().path, false), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Pattern, Matching,
    testing::Values(
        Row{"llm", "llm", true}, Row{"llm", "llm/a/b.py", true}, Row{"llm", "llmx", false},
        Row{"llm/", "llm/a/b.py", true}, Row{"llm/", "llm", false}, Row{"llm/", "llmx/a", false},
        Row{"llm/a", "llm", false}, Row{"*.py", "a.py", true}, Row{"*.py", "llm/a.py", false},
        Row{"llm/*.py", "llm/a.py", true}, Row{"llm/*.py", "llm/b/a.py", false},
        Row{"llm/*", "llm/b/a.py", false}, Row{"llm/**", "llm/b/a.py", true},
        Row{"llm/**", "llm", false}, Row{"**", "a/b", true}, Row{"**/a.py", "a.py", true},
        Row{"**/a.py", "x/y/a.py", true}, Row{"**/a.py", "x/ba.py", false},
        Row{"a/**/b", "a/b", true}, Row{"a/**/b", "a/x/y/b", true}, Row{"a/**/b", "a/xb", false},
        Row{"a/**\\/b", "a/x/b", true}, Row{"a/**\\/b", "a/b", false}, Row{"a?b", "a/b", false},
        Row{"a?b", "axb", true}, Row{"a[x/]b", "a/b", false},
        // The literal beginning is cut off first, so this "**" stands at the start.
        Row{"foo**/bar", "foobar", true}, Row{"foo**/bar", "foox/y/bar", true},
        Row{"foo**", "foo/x/y", true}, Row{"?oo**/bar", "foox/y/bar", false},
        // A folder that is called like the pattern.
        Row{"a*b", "a*b/c/d", true}, Row{"a*b/", "a*b/c/d", true}, Row{"a*b/", "axb/c", false},
        Row{"app/[id]", "app/[id]/page.py", true}, Row{"app/[id]", "app/i", true},
        Row{"a\\*b", "a*b", true}, Row{"a\\*b", "axb", false}, Row{"a\\*b", "a*b/c", false},
        Row{"\\!x", "!x", true}, Row{"!x", "!x", true}, Row{"*/", "a/b", false},
        Row{"[abc]", "b", true}, Row{"[!abc]", "b", false}, Row{"[^abc]", "d", true},
        Row{"[]x]", "]", true}, Row{"[!]x]", "]", false}, Row{"[a-c]", "b", true},
        Row{"[a-]", "-", true}, Row{"[-a]", "-", true}, Row{"[\\]]", "]", true},
        Row{"[a-\\c]", "b", true}, Row{"[[:digit:]x]", "7", true}, Row{"[[:alpha:]-z]", "-", true},
        Row{"[[:nope:]]", "n", false}, Row{"[[:space:]]", "\v", false}, Row{"[a", "[a", true},
        Row{"[a", "a", false}, Row{"[[:x]", ":", true}, Row{"a\\", "a", false},
        Row{"a*b*c", "a1b2c", true}, Row{"a*b*c", "a1b2", false}, Row{"*a/*b", "xa/yb", true},
        Row{"*a/*b", "xa/y/b", false}, Row{"**/*a/b", "x/ya/c/za/b", true},
        Row{"**/a/**/b/*.c", "x/a/a/b/b/z.c", true}));

TEST(Pattern, FoldsCaseAsGitDoes) {
  EXPECT_TRUE(pattern_matches("LLM/*.PY", "llm/a.py", true));
  EXPECT_TRUE(pattern_matches("llm", "LLM/a.py", true));
  EXPECT_FALSE(pattern_matches("LLM/*.PY", "llm/a.py", false));
  EXPECT_TRUE(pattern_matches("x[A-C]", "xb", true));
  EXPECT_TRUE(pattern_matches("x[[:upper:]]", "xb", true));
  // Neither quoted letters nor single ones in brackets are folded by git: capitals match nothing.
  EXPECT_FALSE(pattern_matches("x\\A", "xa", true));
  EXPECT_FALSE(pattern_matches("x[A]", "xA", true));
}

TEST(Pattern, HostilePatternsEnd) {
  const std::string path(4000, 'a');
  std::string stars, deep;
  for (int i = 0; i < 1000; ++i) stars += "*a";
  for (int i = 0; i < 1300; ++i) deep += "**/";
  EXPECT_FALSE(pattern_matches(stars + "b", path, false));
  EXPECT_FALSE(pattern_matches("**/" + stars + "[b]", path, true));
  std::string folders;
  for (int i = 0; i < 2000; ++i) folders += "a/";
  EXPECT_FALSE(pattern_matches(deep + "b", folders + "a", false));
  EXPECT_FALSE(pattern_matches("**/*a/**/*a/**/*a/**/*a/**/*a/**/*a/**/*b", folders + "a", false));
  EXPECT_TRUE(pattern_matches(deep + "a", folders + "a", false));
}

TEST(Pattern, ListTakesAwayWhatIsNegated) {
  const PatternList list({"llm/**", "!llm/secret/", "docs"}, false);
  EXPECT_TRUE(list.matches("llm/a.py"));
  EXPECT_TRUE(list.matches("docs/x"));
  EXPECT_FALSE(list.matches("llm/secret/key"));
  EXPECT_FALSE(list.matches("other"));
}

TEST(Pattern, ListOfNegativesHoldsTheRest) {
  const PatternList list({"!llm"}, false);
  EXPECT_FALSE(list.empty());
  EXPECT_TRUE(list.matches("a.py"));
  EXPECT_FALSE(list.matches("llm/a.py"));
}

TEST(Pattern, ListKnowsAQuotedExclamationMark) {
  const PatternList list({"\\!x", "y"}, false);
  EXPECT_TRUE(list.matches("!x"));
  EXPECT_TRUE(list.matches("y"));
  EXPECT_FALSE(list.matches("x"));
}

TEST(Pattern, EmptyListHoldsNothing) {
  EXPECT_TRUE(PatternList().empty());
  EXPECT_FALSE(PatternList().matches("a"));
  EXPECT_FALSE(PatternList({}, true).matches("a"));
}

TEST(Pattern, IsOneWhenItHasGlobsOrAClosingSlash) {
  for (const char* text : {"a*", "a?", "[a]", "a\\b", "llm/"})
    EXPECT_TRUE(is_pattern(text)) << text;
  for (const char* text : {"", "llm", "llm/a.py", "a]b", "!a"})
    EXPECT_FALSE(is_pattern(text)) << text;
}

struct Fault {
  std::string pattern, reason;
};

TEST(Pattern, FaultsAreNamed) {
  using std::string_literals::operator""s;
  const Fault faults[] = {
      {"", "is empty"},
      {"!", "is empty"},
      {"/a", "is absolute"},
      {"/", "is absolute"},
      {"!/a", "is absolute"},
      {"../x", "leaves the repository"},
      {"..", "leaves the repository"},
      {"a/../b", "is not normalised: it has a '..' component"},
      {"./x", "is not normalised: it has a '.' component"},
      {"a/.", "is not normalised: it has a '.' component"},
      {"a//b", "is not normalised: it has '//'"},
      {"a//", "is not normalised: it has '//'"},
      {"a\0b"s, "has a NUL byte"},
      {"a[b", "has an unclosed '['"},
      {"a[]", "has an unclosed '['"},
      {"a[b\\", "has an unclosed '['"},
      {"a[x-", "has an unclosed '['"},
      {"a[[:alpha:", "has an unclosed '['"},
      {"a\\", "ends with a lone '\\'"},
      {"[[:nope:]]", "has an unknown [:class:]"},
      {"[[::]]", "has an unknown [:class:]"},
      {"a/*/", "matches nothing: after a wildcard, end it with '/**' instead of '/'"},
      {std::string(4097, 'a'), "is longer than 4096 bytes"}};
  for (const Fault& fault : faults) {
    EXPECT_EQ(pattern_fault(fault.pattern), fault.reason) << fault.pattern;
  }
}

TEST(Pattern, SoundOnesHaveNoFault) {
  for (const char* pattern :
       {"a", "llm/", "!llm/", "**/*.py", ".streams.yaml", "...", "a/.b/c..", "[]]", "[[:x]",
        "a\\[b", "\\!x", "app/[id]/", "a\\\\", "a b", "\xff", "[a-\\]]"}) {
    EXPECT_EQ(pattern_fault(pattern), std::nullopt) << pattern;
  }
  EXPECT_EQ(pattern_fault(std::string(4096, 'a')), std::nullopt);
}

TEST(Lock, CoversWhatItsPathSelects) {
  Lock lock;
  lock.path = "llm/agents";
  EXPECT_TRUE(covers(lock, "llm/agents", false));
  EXPECT_TRUE(covers(lock, "llm/agents/a.py", false));
  EXPECT_FALSE(covers(lock, "llm/agents.py", false));
  EXPECT_FALSE(covers(lock, "LLM/agents", false));
  EXPECT_TRUE(covers(lock, "LLM/agents", true));
  lock.path = "llm/news*.py";
  EXPECT_TRUE(covers(lock, "llm/news_feed.py", false));
  EXPECT_FALSE(covers(lock, "llm/sentiment.py", false));
}

TEST(Lock, LivesUntilItExpires) {
  Lock lock;
  lock.expires = Instant{Seconds{100}};
  EXPECT_TRUE(lock.live(Instant{Seconds{99}}));
  EXPECT_FALSE(lock.live(Instant{Seconds{100}}));
}

TEST(LiteralPattern, MeansTheVeryPath) {
  for (const char* path : {"a.py", "a*b.py", "foo[bar", "a\\", "!x", "what?.py", "[a]/b"}) {
    EXPECT_EQ(pattern_fault(literal_pattern(path)), std::nullopt) << path;
    EXPECT_TRUE(pattern_matches(literal_pattern(path), path, false)) << path;
  }
  EXPECT_FALSE(pattern_matches(literal_pattern("a*b.py"), "axb.py", false));
}

}  // namespace
}  // namespace gs::core
