#pragma once
// Which worktrees there are and what is checked out in them, from files alone; what is not
// committed there, as git status tells it.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

// "develop" from "refs/heads/develop"; nothing from other refs.
std::optional<core::BranchName> short_branch(std::string_view full_ref);

// HEAD's branch in one worktree, which need not have a commit; none when detached.
std::optional<core::BranchName> checked_out_branch(const std::filesystem::path& git_dir,
                                                   const Layout& layout);

// The same, or the branch that a rebase or bisection there began on.
std::optional<core::BranchName> branch_worked_on(const std::filesystem::path& git_dir,
                                                 const Layout& layout);
std::optional<core::BranchName> branch_worked_on(const Worktree& worktree, const Layout& layout);

// See Repository::worktrees.
std::vector<Worktree> list_worktrees(const Layout& layout);

// The entries that `git status --porcelain --no-renames --untracked-files=normal` prints.
struct Uncommitted {
  std::size_t tracked = 0;    // paths that are not as in HEAD: staged, modified, removed, unmerged
  std::size_t untracked = 0;  // neither tracked nor ignored; a new folder counts once

  std::size_t total() const { return tracked + untracked; }
  bool operator==(const Uncommitted&) const = default;
};

// Either one, or why it cannot be said.
struct WorktreeStatus {
  std::optional<Uncommitted> uncommitted;
  std::string trouble;
};

// One answer a worktree, in their order, from as many gits at once as there are cores. Writes
// nothing, not even what git would remember in an index; never throws for one worktree's trouble.
std::vector<WorktreeStatus> status_of(const std::vector<Worktree>& worktrees);

}  // namespace gs::git
