#include "lib/agents/shell/words.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/process/process.h"
#include "tests/support/temp_repo.h"

namespace gs::agents {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1))
    lines.emplace_back(text.substr(0, end));
  return lines;
}

// The paths that the shell puts in the place of the pattern; none where it leaves it as it is.
std::vector<std::string> expanded_by_sh(const fs::path& folder, const std::string& pattern) {
  process::Command command;
  command.argv = {
      "sh", "-c",
      "for f in " + pattern + R"(; do [ -e "$f" ] || [ -L "$f" ] && printf '%s\n' "$f"; done)"};
  command.directory = folder.string();
  command.set = {"LC_ALL=C"};
  return lines_of(process::run(command).output);
}

std::vector<std::string> expanded(const fs::path& folder, std::string_view pattern) {
  Draft word;
  word.add(pattern, Draft::From::line);
  return word.matches(folder);
}

class Patterns : public testing::Test {
 protected:
  Patterns() {
    for (const char* file : {"a.py", "b.py", "b[1].py", "ä.py", ".hidden.py", "llm/news.py",
                             "llm/feeds/rss.py", "llm/.x/y.py", "data/news.py", "star*/in.py"}) {
      fs::create_directories((folder() / file).parent_path());
      std::ofstream(folder() / file) << "x";
    }
    fs::create_symlink("nowhere", folder() / "broken.py");
    fs::create_directory_symlink("llm", folder() / "linked");
  }
  fs::path folder() const { return folder_.path() / "with [x] in it"; }

 private:
  test::TempFolder folder_;
};

TEST_F(Patterns, MatchWhatTheShellMatches) {
  for (const char* pattern :
       {"*.py",      "?.py",        "[ab].py",    "[!a].py",  "[a-z]*", ".*.py",
        "*/*.py",    "*/news.py",   "llm/*/*.py", "l*/f*/",   "*/",     "llm//*.py",
        "./*.py",    "llm/../*.py", "*/../b.py",  "none/*",   "a.py/*", "[",
        "b[[]1].py", "**",          "*/.x/*",     "linked/*", "*.p?",   "data/../*m/n*"}) {
    EXPECT_EQ(expanded(folder(), pattern), expanded_by_sh(folder(), pattern)) << pattern;
  }
  const std::string absolute = (folder().parent_path() / "with*" / "*.py").string();
  EXPECT_EQ(expanded(folder(), absolute), expanded_by_sh("/", absolute));
  EXPECT_FALSE(expanded(folder(), absolute).empty());
}

TEST_F(Patterns, AreReadWithinALimit) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "a/";
  EXPECT_TRUE(expanded(folder(), deep + "*").empty());
  EXPECT_LE(expanded(folder(), "/*/*/*/*/*").size(), 10'000U);
}

}  // namespace
}  // namespace gs::agents
