#pragma once
// What is in worktrees and in no commit, as git status tells it.

#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

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
