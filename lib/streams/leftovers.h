#pragma once
// What stays in a repository when git-stream is uninstalled from it, and its removal.

#include <filesystem>
#include <string>
#include <vector>

#include "lib/session/session.h"

namespace gs::streams {

struct Leftovers {
  // Ours alone: the state with its logs and reports, caches and records; each worktree's notes; the
  // `.aiignore` files that `start` wrote.
  std::vector<std::filesystem::path> own;
  // Not ours to take, ever: work may be in them.
  std::vector<std::filesystem::path> worktrees;  // linked ones, of streams
  std::vector<core::BranchName> branches;        // of streams
  bool policy = false;                           // `.streams.yaml` of the worktree here

  bool empty() const { return own.empty() && worktrees.empty() && branches.empty() && !policy; }
};

// `enrolled`: the worktrees that were enrolled until now.
Leftovers find_leftovers(session::Session& session,
                         const std::vector<std::filesystem::path>& enrolled);

// Removes what is ours alone, and what it has written elsewhere in the git directory: lines in
// info/exclude, the lock of a worktree that was at work, what was fetched of a store of locks and
// this clone's log for it (refs/stream/). A repository without any of it is left as
// it is. Returns what was removed. Throws core::Error (broken) where something cannot be.
std::vector<std::filesystem::path> purge(session::Session& session, const Leftovers& leftovers);

}  // namespace gs::streams
