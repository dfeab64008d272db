#pragma once
// What would conflict if the streams were merged now: pair by pair, and along the suggested order.

#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/conflicts/merge_sides.h"
#include "lib/conflicts/merge_simulation.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/remote_branches.h"

namespace gs::conflicts {

struct PairVerdict {
  std::size_t one = 0, other = 0;  // numbers of sides
  std::size_t blocking = 0, notes = 0;
  bool by_git = false;                         // merged by git, not by ourselves
  std::vector<std::string> both_changed = {};  // paths that both have changed, differently
};

struct ConflictReport {
  MergeOrder order;
  std::vector<MergeSide> sides;  // the integration branch, then the streams in the order
  std::vector<PairVerdict> pairs;
  std::vector<Conflict> conflicts;  // those that block first; then by pair
  MergeSimulation simulation;
  RemoteBranches remote;  // its `only` are sides, too
  std::vector<std::string> troubles;

  // Whether anything stands in the way of a merge.
  bool blocks() const {
    for (const Conflict& conflict : conflicts) {
      if (conflict.blocks) return true;
    }
    return !simulation.fine();
  }
};

struct ConflictOptions {
  std::vector<core::StreamId> streams;  // none: all that are under way
  Include include = Include::committed;
  Remotes remotes = Remotes::none;
};

// Touches no worktree, index or ref, and leaves nothing in the repository's objects. Throws
// core::Error.
ConflictReport find_conflicts(session::Session& session, const ConflictOptions& options);

// The order simulated as `git stream merge` would judge each step.
struct SimulatedOrder {
  std::vector<MergeSide> sides;
  MergeSimulation simulation;
};
SimulatedOrder simulate_order(session::Session& session, const MergeOrder& order);

}  // namespace gs::conflicts
