#pragma once
// Runs this test program as git would run a hook (see main_test.cpp), and git's own answer to
// compare with.

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_repo.h"

namespace gs::test {

inline const std::string kNoGit = "PATH=/nonexistent";  // proves that git was not asked
inline const std::string kEmptyTree =
    default_format() == core::ObjectFormat::sha1
        ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

inline process::Result probe(const TempRepo& repo, const std::filesystem::path& folder,
                             const std::vector<std::string>& question,
                             const std::vector<std::string>& set = {}) {
  std::vector<std::string> argv{"/usr/bin/env"};  // it overrides what TempRepo sets
  argv.insert(argv.end(), set.begin(), set.end());
  argv.push_back(std::filesystem::read_symlink("/proc/self/exe").string());
  argv.emplace_back("--probe");
  argv.insert(argv.end(), question.begin(), question.end());
  return repo.run_in(folder, argv);
}

inline std::string ask(const TempRepo& repo, const std::filesystem::path& folder,
                       const std::vector<std::string>& question,
                       const std::vector<std::string>& set = {}) {
  const process::Result result = probe(repo, folder, question, set);
  return result.status == 0 ? result.output : "failed: " + result.errors;
}

inline std::vector<std::string> split(std::string_view text, char end) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(end), text.size());
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return parts;
}

inline std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

// What the probe should print for "staged", sorted by path: git's raw diff without status letters.
inline std::vector<std::string> git_staged(const TempRepo& repo,
                                           const std::filesystem::path& folder,
                                           const std::string& tree = "HEAD",
                                           const std::vector<std::string>& set = {}) {
  const process::Result result =
      repo.run_in(folder,
                  {"git", "diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
                   "--ita-invisible-in-index", "--ignore-submodules=none", tree, "--"},
                  set);
  if (result.status != 0) return {"git failed: " + result.errors};
  std::vector<std::string> fields = split(result.output, '\0'), lines;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    lines.push_back(fields[i].substr(0, fields[i].rfind(' ')) + ' ' + fields[i + 1]);
  // ":MODE MODE ID ID PATH"
  constexpr std::size_t kIdsAt = 15;
  const auto path = [](std::string_view line) {
    return line.substr(2 * line.find(' ', kIdsAt) - kIdsAt + 2);
  };
  std::sort(lines.begin(), lines.end(),
            [&](const std::string& a, const std::string& b) { return path(a) < path(b); });
  return lines;
}

inline std::vector<std::string> own_staged(const TempRepo& repo,
                                           const std::filesystem::path& folder,
                                           const std::vector<std::string>& set = {}) {
  return split(ask(repo, folder, {"staged"}, set), '\0');
}

}  // namespace gs::test
