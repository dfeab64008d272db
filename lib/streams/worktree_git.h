#pragma once
// git in a given worktree (or bare repository), as whoever calls, never as an agent.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"
#include "lib/process/process.h"

namespace gs::streams {

// Where a command that was called in this repository runs git.
const std::filesystem::path& working_folder(const git::Layout& layout);

// `set`: "NAME=value" for it; `input`: its stdin.
process::Result git_at(const std::filesystem::path& folder, std::vector<std::string> arguments,
                       std::vector<std::string> set = {}, std::optional<std::string> input = {});

// Its output; throws core::Error (broken) in git's words when it fails.
std::string git_said(const std::filesystem::path& folder, std::vector<std::string> arguments);

}  // namespace gs::streams
