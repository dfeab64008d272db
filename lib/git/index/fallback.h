#pragma once
// The staged diff as git itself tells it, for what the own reader does not know.

#include <filesystem>
#include <optional>
#include <string_view>

#include "lib/git/repository.h"
#include "lib/git/index/staged.h"

namespace gs::git {

// Runs `git diff-index --cached` on HEAD (unborn: on the empty tree) without touching the network.
// Throws core::Error (broken) with git's words when it fails.
StagedDiff staged_by_git(const Layout& layout, const std::filesystem::path& index_file,
                         bool unborn);

// The output of `--raw -z --no-abbrev --no-renames`; nothing when it is something else.
std::optional<StagedDiff> parse_raw_diff(std::string_view output);

}  // namespace gs::git
