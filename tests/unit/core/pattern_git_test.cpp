// Our matcher against git's, on many paths and on patterns made from them.

#include <cstdlib>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <set>

#include "lib/core/pattern.h"
#include "tests/support/temp_repo.h"

namespace gs::core {
namespace {

using Paths = std::vector<std::string>;

class Garden {
 public:
  explicit Garden(unsigned seed) : random_(seed) {}

  std::string path() {
    static const char* const kNames[] = {
        "a",    "b",   "foo", "Foo",    "bar",         "a.py", "B.PY", "ab", "x-y",
        "[id]", "a*b", "!n",  "\\q",    "caf\xc3\xa9", "t\tt", "v\vf", "7",  "_",
        "\xff", "]",   "a b", "foobar", ":c",          "\x7f", "-"};
    std::string path;
    for (auto depth = 1 + random_() % 5; depth > 0; --depth) {
      if (!path.empty()) path += '/';
      path += pick(kNames);
      if (one_in(6)) path += pick(kNames);
    }
    return path;
  }

  // A pattern that matches the path, or just fails to.
  std::string pattern(const std::string& path) {
    std::string out;
    const auto disturbance = 2 + random_() % 14;
    for (const char c : path) {
      if (c == '/') {
        out += one_in(12) ? "/**/" : one_in(25) ? "\\/" : one_in(40) ? "**/" : "/";
      } else if (one_in(disturbance)) {
        out += in_place_of(c);
      } else {
        out += c;
      }
    }
    if (one_in(4)) out = out.substr(0, out.rfind('/'));
    if (one_in(8)) out += one_in(2) ? "/" : "/**";
    if (one_in(8)) out = "**/" + out.substr(std::min(out.size(), out.find('/') + 1));
    if (one_in(10)) out.erase(random_() % out.size(), 1 + random_() % 3);
    return out;
  }

  bool one_in(std::size_t count) { return random_() % count == 0; }
  const std::string& any(const Paths& paths) { return paths[random_() % paths.size()]; }

 private:
  template <std::size_t N>
  const char* pick(const char* const (&table)[N]) {
    return table[random_() % N];
  }

  std::string in_place_of(char c) {
    static const char* const kOthers[] = {"?",
                                          "*",
                                          "*",
                                          "**",
                                          "[a-f]",
                                          "[!a-f]",
                                          "[^b]",
                                          "[[:alpha:]]",
                                          "[[:upper:]]",
                                          "[A-Z]",
                                          "[[:space:]]",
                                          "[![:lower:]]",
                                          "[[:punct:]]",
                                          "[]-]",
                                          "[a-\\z_]",
                                          "[[:word:]",
                                          "[[:digit:]x]",
                                          "[[:nope:]]",
                                          "[",
                                          "]",
                                          "\\",
                                          "***",
                                          "[[:cntrl:]]",
                                          "[[:graph:]]",
                                          "[[:print:]]",
                                          "[[:xdigit:]]",
                                          "[[:blank:]]",
                                          "[[:alnum:]-z]",
                                          "[--/]",
                                          "[+--]",
                                          "[\\]]",
                                          "[Z-a]",
                                          "[!]",
                                          "x",
                                          "*?"};
    switch (random_() % 6) {
      case 0:
        return std::string("\\") + c;
      case 1:
        return std::string("[") + c + ']';
      case 2:
        return std::string("[!") + c + ']';
      case 3:
        return {static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c)};
      default:
        return pick(kOthers);
    }
  }

  std::mt19937 random_;
};

// git tidies some pathspecs before it looks at them; ours must not be given such.
bool git_would_rewrite(const std::string& pattern) {
  const std::optional<std::string> fault = pattern_fault('!' + pattern);
  return fault && (fault->starts_with("is ") || fault->starts_with("leaves "));
}

class PatternGit : public testing::Test {
 protected:
  // GS_PATTERN_SEED tries other patterns, as does another compiler, which orders calls differently.
  static unsigned seed() {
    const char* text = std::getenv("GS_PATTERN_SEED");
    return text == nullptr ? 20251206U : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
  }

  // An index of these paths, without those that a folder of the same name drives out.
  void plant(const Paths& paths) {
    std::string entries;
    for (const std::string& path : paths) {
      entries += "100644 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\t" + path + '\0';
    }
    process::Command command;
    command.argv = {"git", "update-index", "-z", "--index-info"};
    command.directory = repo_.path().string();
    command.unset = process::local_git_variables();
    command.set = test::clean_git_environment(repo_.folder());
    command.input = entries;
    const process::Result result = process::run(command);
    if (result.status != 0) throw std::runtime_error(result.errors);
    paths_ = selected({});
  }

  void plant_garden() {
    Paths paths;
    for (int i = 0; i < 1500; ++i) paths.push_back(garden_.path());
    plant(paths);
  }

  Paths selected(const Paths& pathspecs) const {
    Paths arguments{"ls-files", "-z", "--"};
    arguments.insert(arguments.end(), pathspecs.begin(), pathspecs.end());
    const std::string output = repo_.git(arguments);
    Paths paths;
    for (std::size_t begin = 0; begin < output.size();) {
      const std::size_t end = output.find('\0', begin);
      paths.push_back(output.substr(begin, end - begin));
      begin = end + 1;
    }
    return paths;
  }

  // Where case is ignored, what has a form of Unicode is also compared in that: git folds no letter
  // in brackets or behind a '\\', and a form has none to fold. See NamesThatAreNotAscii.
  static bool differs_from_git(const std::string& text, bool ignore_case) {
    return ignore_case && FormedPath(text, true).form;
  }
  static Paths comparable(Paths paths, bool ignore_case) {
    std::erase_if(paths,
                  [&](const std::string& path) { return differs_from_git(path, ignore_case); });
    return paths;
  }

  // How many paths git and we select, when that is the same ones.
  std::size_t compare(const std::string& pattern, bool ignore_case) const {
    const Paths theirs = selected({(ignore_case ? ":(glob,icase)" : ":(glob)") + pattern});
    const Paths mine =
        ours([&](const std::string& path) { return pattern_matches(pattern, path, ignore_case); });
    EXPECT_EQ(comparable(theirs, ignore_case), comparable(mine, ignore_case))
        << pattern << (ignore_case ? " without case" : "");
    return theirs.size();
  }

  template <class Matches>
  Paths ours(Matches matches) const {
    Paths paths;
    std::copy_if(paths_.begin(), paths_.end(), std::back_inserter(paths), matches);
    return paths;
  }

  std::string sound_pattern(bool ignore_case) {
    while (true) {
      std::string pattern = garden_.pattern(garden_.any(paths_));
      if (!git_would_rewrite(pattern) && !differs_from_git(pattern, ignore_case)) return pattern;
    }
  }

  Garden garden_{seed()};
  test::TempRepo repo_;
  Paths paths_;
};

TEST_F(PatternGit, OnePattern) {
  plant_garden();
  ASSERT_GT(paths_.size(), 250U);
  std::size_t selected_some = 0;
  for (int i = 0; i < 1500 && !HasFailure(); ++i) {
    const bool ignore_case = i % 3 == 2;
    if (compare(sound_pattern(ignore_case), ignore_case) > 0) ++selected_some;
  }
  EXPECT_GT(selected_some, 300U);  // the patterns are near enough to be worth comparing
}

TEST_F(PatternGit, EveryByteInBrackets) {
  Paths paths;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '/') paths.push_back({'c', static_cast<char>(byte)});
  }
  plant(paths);
  ASSERT_EQ(paths_.size(), 254U);
  Paths sets{"A",           "a",          "A-Z",   "a-f", "Z-a", "a-\\f",     "+--",
             "--/",         "]-a",        "a-c-f", "!-~", "--",  "\x01-\x1f", "\x80-\xff",
             "[:alpha:]-~", "a[:digit:]", "\\]",   "[:x", "^",   "a^",        "a!",
             "[:alpha",     "[",          "]",     "-",   "a-",  "-a",        "\\A-\\C"};
  for (const char* name : {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print",
                           "punct", "space", "upper", "xdigit", "word", ""}) {
    sets.push_back("[:" + std::string(name) + ":]");
  }
  for (const std::string& set : sets) {
    for (const bool ignore_case : {false, true}) {
      compare("c[" + set + ']', ignore_case);
      compare("c[!" + set + ']', ignore_case);
    }
  }
}

TEST_F(PatternGit, EveryShapeOfStarsAndSlashes) {
  plant({"a/b", "b/a/b", "a/a/a/b", "bb", "aab", "abb/a", "b/b/b", "ba/ab/a", "a/ab/ba/b", "[/b",
         "**/b", "*/a", "a*/b", "*a"});
  const char* const pieces[] = {"", "a", "*", "**", "?", "/", "\\/", "b", "***", "[b]"};
  std::set<std::string> tried;
  for (const std::string one : pieces) {
    for (const std::string two : pieces) {
      for (const std::string three : {"", "/", "\\/", "**", "a"}) {
        for (const std::string four : {"b", "**", "*", "/**", "**/b"}) {
          const std::string pattern = one + two + three + four;
          if (!git_would_rewrite(pattern) && tried.insert(pattern).second) compare(pattern, false);
        }
      }
    }
  }
  EXPECT_GT(tried.size(), 1000U);
}

// What git selects is selected; besides, what file systems take for the same names. Asked with the
// letters as they are stored, both say the same.
TEST_F(PatternGit, NamesThatAreNotAscii) {
  const Paths pieces{"\u00e9", "e\u0301", "\u00c9", "\u00df", "ss", "e", "E", "\u65e5", "\xff"};
  Paths paths;
  for (const std::string& one : pieces) {
    for (const std::string& two : pieces) paths.push_back(one + "/" + two + ".md");
  }
  plant(paths);
  std::size_t more = 0;
  for (const std::string& one : pieces) {
    for (const std::string& pattern : {one + "/*.md", "**/" + one + ".md", one, "*/?" + one + "*",
                                       "*/[!" + one + "]*", one + "/" + one + ".md"}) {
      for (const bool ignore_case : {false, true}) {
        const Paths theirs = selected({(ignore_case ? ":(glob,icase)" : ":(glob)") + pattern});
        const Paths mine =
            ours([&](const auto& path) { return pattern_matches(pattern, path, ignore_case); });
        EXPECT_TRUE(std::includes(mine.begin(), mine.end(), theirs.begin(), theirs.end()))
            << pattern;
        more += mine.size() - theirs.size();
      }
    }
  }
  EXPECT_GT(more, 50U);
}

TEST_F(PatternGit, ListsWithExclusions) {
  plant_garden();
  std::set<std::size_t> sizes;
  for (int i = 0; i < 500; ++i) {
    const bool ignore_case = garden_.one_in(3);
    const std::string magic = ignore_case ? "glob,icase)" : "glob)";
    Paths patterns, pathspecs;
    const auto count = 1 + i % 5;
    for (int k = 0; k < count; ++k) {
      const std::string pattern = sound_pattern(ignore_case);
      const bool negative = garden_.one_in(2);
      if (!negative && pattern.starts_with('!')) continue;  // a list reads that as a negation
      patterns.push_back((negative ? "!" : "") + pattern);
      pathspecs.push_back((negative ? ":(exclude," : ":(") + magic + pattern);
      // Where all positive pathspecs are in one folder, ls-files cuts that folder's name off the
      // exclusions too, whatever they say (2.39). One that matches nothing keeps it from doing so.
      if (!negative) pathspecs.push_back(":(glob)[[:cntrl:]]no-such-file");
    }
    if (patterns.empty()) continue;
    const PatternList list(patterns, ignore_case);
    const Paths theirs = selected(pathspecs);
    std::string text;
    for (const std::string& pattern : patterns) text += pattern + "  ";
    const Paths mine = ours([&](const std::string& path) { return list.matches(path); });
    ASSERT_EQ(comparable(theirs, ignore_case), comparable(mine, ignore_case)) << text;
    sizes.insert(theirs.size());
  }
  EXPECT_GT(sizes.size(), 15U);
}

}  // namespace
}  // namespace gs::core
