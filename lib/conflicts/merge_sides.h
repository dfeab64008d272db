#pragma once
// The branches that would be merged, with or without what their worktrees have not committed.

#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/conflicts/order.h"
#include "lib/git/objects/scratch.h"
#include "lib/session/session.h"

namespace gs::conflicts {

enum class Include : std::uint8_t {
  committed,
  staged,  // what the next commit in each worktree would hold
  dirty    // all that is in the worktrees, new files too, but what git ignores
};

struct MergeSides {
  std::vector<MergeSide> sides;       // the integration branch, then the order's streams
  std::vector<std::string> troubles;  // of the sides
};

// Worktrees and their indexes are read, never written or locked.
MergeSides merge_sides(session::Session& session, const MergeOrder& order, Include include,
                       git::ScratchObjects& scratch);

}  // namespace gs::conflicts
