#pragma once
// A real repository in a temporary folder, with a clean environment: no user or system config but
// support/gitconfig, fixed author, committer and dates, no hooks but those a test installs. Removed
// when it goes out of scope.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/process/process.h"

namespace gs::test {

// The format of the repositories that are made here: GIT_DEFAULT_HASH says it to git too, and to a
// test program that is run once with each.
core::ObjectFormat default_format();
inline std::size_t id_size() {
  return core::raw_size(default_format());
}
inline std::size_t id_digits() {
  return core::hex_digits(default_format());
}

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class TempRepo {
 public:
  // `git init -b develop` with these further arguments (`--bare`, `--object-format=sha1`).
  explicit TempRepo(const std::vector<std::string>& init_arguments = {});

  // A copy of this one, as FOLDER/repo of its own.
  enum class Copy { of };
  TempRepo(Copy /*of*/, const std::filesystem::path& original);

  const std::filesystem::path& path() const { return path_; }             // FOLDER/repo
  const std::filesystem::path& folder() const { return folder_.path(); }  // for worktrees beside it

  // Runs git in path() (or in `directory`); throws with its output when it fails.
  std::string git(const std::vector<std::string>& arguments) const;
  std::string git_in(const std::filesystem::path& directory,
                     const std::vector<std::string>& arguments) const;
  // The same without the throw, for commands that may fail; `set` adds "NAME=value" variables.
  process::Result try_git(const std::vector<std::string>& arguments) const;
  process::Result run_in(const std::filesystem::path& directory, std::vector<std::string> argv,
                         std::vector<std::string> set = {}) const;

  void write(std::string_view relative, std::string_view content) const;  // makes folders
  std::string read(std::string_view relative) const;
  void commit_all(const std::string& message) const;  // add -A and commit --no-verify

 private:
  TempFolder folder_;
  std::filesystem::path path_;
};

// The variables that give a git process a clean environment.
std::vector<std::string> clean_git_environment(const std::filesystem::path& home);

}  // namespace gs::test
