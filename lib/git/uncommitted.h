#pragma once
// What is in a worktree and in no commit.

#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

// The lines that `git status --porcelain --no-renames --untracked-files=normal` prints.
struct Uncommitted {
  std::size_t tracked = 0;    // paths that are not as in HEAD: staged, modified, removed, unmerged
  std::size_t untracked = 0;  // neither tracked nor ignored; a new folder counts once

  std::size_t total() const { return tracked + untracked; }
  bool operator==(const Uncommitted&) const = default;
};

// Either one, or why it cannot be said.
struct WorktreeLook {
  std::optional<Uncommitted> found;
  std::string trouble;
  bool by_git = false;  // found by git itself
};

// One answer a worktree, in their order; several threads look. Writes nothing, not even what git
// would remember in an index. git itself is asked where the own reader does not know.
std::vector<WorktreeLook> look_for_uncommitted(const Repository& repository,
                                               const std::vector<Worktree>& worktrees);

}  // namespace gs::git
