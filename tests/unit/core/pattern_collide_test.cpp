#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "lib/core/pattern.h"

namespace gs::core {
namespace {

bool collide(std::string_view a, std::string_view b, bool ignore_case = false) {
  const bool answer = patterns_collide(a, b, ignore_case);
  EXPECT_EQ(answer, patterns_collide(b, a, ignore_case)) << a << " and " << b;
  return answer;
}

TEST(PatternsCollide, WhenAPathIsInBoth) {
  EXPECT_TRUE(collide("llm/news*.py", "llm/*_feed.py"));
  EXPECT_FALSE(collide("llm/news*.py", "llm/*.txt"));
  EXPECT_TRUE(collide("llm/", "llm/agents/*.py"));
  EXPECT_FALSE(collide("llm/", "llmx/*"));
  EXPECT_TRUE(collide("**/*.py", "a/**"));
  EXPECT_FALSE(collide("*", "*/*"));
  EXPECT_TRUE(collide("a/**/b", "a/b"));
  EXPECT_TRUE(collide("[a-m]*", "[m-z]*"));
  EXPECT_FALSE(collide("[a-l]*", "[m-z]*"));
  EXPECT_FALSE(collide("**/a?", "**/?bc"));
  EXPECT_TRUE(collide("**/a", "a/**"));
  EXPECT_FALSE(collide("**/**/[x]", "**/**/[!x]"));
  EXPECT_FALSE(collide("a/*/bc", "a/\\/b?"));  // only on a//bc, which is no path
  EXPECT_FALSE(collide("a\\/", "a/**"));       // only on a/
}

TEST(PatternsCollide, CountingFoldersCalledLikeAPattern) {
  EXPECT_TRUE(collide("app/[id]", "app/\\[id]/*.py"));
  EXPECT_FALSE(collide("app/[id]", "app/i/*.py"));
  EXPECT_FALSE(collide("a*b", "a\\*b/c?"));  // but not with a star in its name
}

TEST(PatternsCollide, HonoursCase) {
  EXPECT_FALSE(collide("LLM/*", "llm/*"));
  EXPECT_TRUE(collide("LLM/*", "llm/*", true));
  EXPECT_TRUE(collide("LLM", "llm/a.py", true));
  EXPECT_FALSE(collide("x\\A*", "xa*", true));  // git folds no quoted letter
}

TEST(PatternsCollide, APlainPathIsAFileUnlessTheOtherGoesBelowIt) {
  EXPECT_TRUE(collide("llm/a.py", "llm/a.py"));
  EXPECT_FALSE(collide("llm/a.py", "llm/b.py"));
  EXPECT_TRUE(collide("llm", "llm/b.py"));
  EXPECT_TRUE(collide("llm", "llm/"));
  EXPECT_TRUE(collide("llm", "llm/*.py"));
  EXPECT_FALSE(collide("llm", "llmx/*.py"));
  EXPECT_TRUE(collide("setup.py", "*.py"));
  EXPECT_FALSE(collide("setup.py", "**/conftest.py"));
  EXPECT_FALSE(collide("llm", "l*m/a.py"));
}

TEST(PatternsCollide, ManyStarsEndInAnAnswer) {
  std::string a, b;
  for (int i = 0; i < 680; ++i) {
    a += "*a**/";
    b += "*b**/";
  }
  EXPECT_TRUE(collide(a + "*c", b + "*c"));  // more work than the bound: on the safe side
  EXPECT_FALSE(collide("**/x*y*z*1", "**/x*y*z*2"));
}

// Every path over a small alphabet, up to this length.
std::vector<std::string> small_paths(int longest) {
  std::vector<std::string> all, last{""};
  for (int length = 1; length <= longest; ++length) {
    std::vector<std::string> next;
    for (const std::string& path : last) {
      for (const char c : std::string_view("abA/[")) {
        if (c == '/' && (path.empty() || path.back() == '/')) continue;
        next.push_back(path + c);
      }
    }
    for (const std::string& path : next) {
      if (path.back() != '/') all.push_back(path);
    }
    last = std::move(next);
  }
  return all;
}

// A path in a folder that is called like `folder`, and matched by both.
bool meet_below(const std::string& folder, const std::string& other, bool ignore_case) {
  static const std::vector<std::string> kNames = small_paths(4);
  if (folder.find_first_of("*?") != folder.npos) return false;
  const std::string base = folder.ends_with('/') ? folder : folder + '/';
  const auto both = [&](const std::string& path) {
    return pattern_matches(folder, path, ignore_case) && pattern_matches(other, path, ignore_case);
  };
  if (!folder.ends_with('/') && both(folder)) return true;
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const std::string& name) { return both(base + name); });
}

std::string small_pattern(std::mt19937& random) {
  static const char* const kPieces[] = {"a",   "b",   "A",     "/",     "/",   "*",          "*",
                                        "?",   "**",  "/**/",  "**/",   "/**", "[ab]",       "[!a]",
                                        "\\[", "\\a", "[A-B]", "**\\/", "a/",  "[[:upper:]]"};
  std::string pattern;
  for (auto pieces = 1 + random() % 3; pieces > 0; --pieces) {
    pattern += kPieces[random() % std::size(kPieces)];
  }
  return pattern;
}

// The search against every small path, and against paths below folders called like one of the two.
TEST(PatternsCollide, AgreesWithBruteForce) {
  const std::vector<std::string> paths = small_paths(6);
  std::mt19937 random(7);
  std::vector<std::string> patterns;
  while (patterns.size() < 120) {
    std::string pattern = small_pattern(random);
    if (is_pattern(pattern) && !pattern_fault(pattern)) patterns.push_back(std::move(pattern));
  }
  for (const bool ignore_case : {false, true}) {
    std::vector<std::vector<bool>> hits;
    for (const std::string& pattern : patterns) {
      std::vector<bool>& row = hits.emplace_back();
      for (const std::string& path : paths)
        row.push_back(pattern_matches(pattern, path, ignore_case));
    }
    int together = 0, apart = 0;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      for (std::size_t j = i; j < patterns.size(); ++j) {
        const std::string &a = patterns[i], &b = patterns[j];
        bool found = false;
        for (std::size_t k = 0; k < paths.size() && !found; ++k) found = hits[i][k] && hits[j][k];
        found = found || meet_below(a, b, ignore_case) || meet_below(b, a, ignore_case);
        ++(found ? together : apart);
        ASSERT_EQ(collide(a, b, ignore_case), found) << a << " and " << b << ' ' << ignore_case;
      }
    }
    EXPECT_GT(together, 1000);
    EXPECT_GT(apart, 1000);
  }
}

}  // namespace
}  // namespace gs::core
