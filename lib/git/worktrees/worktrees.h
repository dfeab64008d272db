#pragma once
// Which worktrees there are and what is checked out in them, from files alone.

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

// "develop" from "refs/heads/develop"; nothing from other refs.
std::optional<core::BranchName> short_branch(std::string_view full_ref);

// HEAD's branch in one worktree, which need not have a commit; none when detached.
std::optional<core::BranchName> checked_out_branch(const std::filesystem::path& git_dir,
                                                   const std::filesystem::path& common_dir);

// The same, or the branch that a rebase or bisection there began on.
std::optional<core::BranchName> branch_worked_on(const std::filesystem::path& git_dir,
                                                 const std::filesystem::path& common_dir);

// See Repository::worktrees.
std::vector<Worktree> list_worktrees(const Layout& layout);

}  // namespace gs::git
