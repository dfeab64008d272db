#pragma once
// Runs programs by argv, never through a shell.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::process {

struct Command {
  std::vector<std::string> argv;     // argv[0] is looked up on PATH
  std::string directory;             // empty: this process's
  std::vector<std::string> unset;    // variables the child does not get
  std::vector<std::string> set;      // "NAME=value"
  std::optional<std::string> input;  // stdin; nothing: /dev/null
  // For run(): in a session of its own, without a terminal; after so long all of it is ended.
  std::optional<std::chrono::milliseconds> limit = {};
  // For run(): stderr is this process's, and Result::errors stays empty.
  bool attach_errors = false;
};

struct Result {
  int status = 0;              // exit code; 128 + n after signal n
  std::string output, errors;  // all of stdout, all of stderr
  bool timed_out = false;
};

// Runs to the end, or to its limit. Throws core::Error (broken) when the program cannot be started.
Result run(const Command& command);

// Runs with this process's stdin (or the input, where there is one), stdout and stderr; returns the
// status as in Result.
int run_attached(const Command& command);

// The folders of PATH, in which programs are looked up; an empty one is the current folder.
std::vector<std::filesystem::path> path_folders();

// The variables by which git names a repository to its children (`git rev-parse --local-env-vars`);
// a git for another repository must not see them.
const std::vector<std::string>& local_git_variables();

}  // namespace gs::process
