#pragma once
// git itself, for what is rare: reading settings with git's own precedence, and changing them.

#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"
#include "lib/process/process.h"

namespace gs::install {

// Of the git at hand, which may be another than the one that made the repository.
struct GitVersion {
  int major = 0, minor = 0;
  auto operator<=>(const GitVersion&) const = default;
};
GitVersion git_version(const git::Layout& layout);

// Runs git in this worktree (or bare repository), whatever the environment says of another one.
process::Result run_git(const git::Layout& layout, const std::vector<std::string>& arguments);

// The same, but throws core::Error (broken) with git's own words when it fails.
std::string git_output(const git::Layout& layout, const std::vector<std::string>& arguments);

// With these variables ("NAME=value") in git's environment besides.
std::string git_output_with(const git::Layout& layout, const std::vector<std::string>& arguments,
                            const std::vector<std::string>& variables);

// What git had to say of a failure, in one line.
std::string in_one_line(const process::Result& result);

// A setting's value, with `~` expanded when `path`; `scope` is "--local", "--worktree" or "" for
// all.
std::optional<std::string> git_setting(const git::Layout& layout, const std::string& key,
                                       bool path = false, const std::string& scope = {});

}  // namespace gs::install
