#pragma once
// What would clash if the streams were merged now: pair by pair, and along the suggested order.

#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/conflicts/merge_sides.h"
#include "lib/conflicts/merge_simulation.h"
#include "lib/conflicts/order.h"

namespace gs::streams {

struct PairVerdict {
  std::size_t one = 0, other = 0;  // numbers of sides
  std::size_t blocking = 0, notes = 0;
  bool by_git = false;  // merged by git, not by ourselves
};

struct Conflicts {
  MergeOrder order;
  std::vector<MergeSide> sides;  // the integration branch, then the streams in the order
  std::vector<PairVerdict> pairs;
  std::vector<Clash> clashes;  // those that block first; then by pair
  Rehearsal train;
  std::vector<std::string> troubles;

  bool clash() const {
    for (const Clash& clash : clashes) {
      if (clash.blocks) return true;
    }
    return !train.fine();
  }
};

struct ConflictOptions {
  std::vector<core::StreamId> streams;  // none: all that are under way
  Include include = Include::committed;
};

// Touches no worktree, index or ref, and leaves nothing in the repository's objects. Throws
// core::Error.
Conflicts find_conflicts(app::Session& session, const ConflictOptions& options);

// The order rehearsed as `git stream merge` would judge each step.
struct RehearsedOrder {
  std::vector<MergeSide> sides;
  Rehearsal train;
};
RehearsedOrder rehearse_order(app::Session& session, const MergeOrder& order);

}  // namespace gs::streams
