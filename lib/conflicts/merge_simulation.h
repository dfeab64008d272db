#pragma once
// Merge simulation: every stream merged one after the other in the suggested order, in memory.

#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/pair_merge.h"

namespace gs::conflicts {

struct MergeSimulation {
  std::vector<std::size_t> order;  // numbers of sides
  // Where the suggested order breaks; none: it goes through.
  std::optional<std::size_t> breaks;  // a place in it
  std::size_t with = 0;               // the side before it that the first conflict is with
  std::vector<Conflict> conflicts;    // of that merge; the blocking ones
  std::vector<Conflict> circles;      // of imports, that merges up to there close: no fault
  // Then: an order that goes through, if one was found.
  std::optional<std::vector<std::size_t>> other;
  bool gave_up = false;    // not all were tried
  std::size_t merges = 0;  // made in memory

  bool fine() const { return !breaks.has_value(); }
};

// All that was merged so far, as side 0, and the numbers of the sides in it besides.
struct MergedSoFar {
  MergeSide side;
  std::set<std::size_t> numbers;
};

// What is wrong with a merge: what was merged before, the number of the next one, and the merge's
// commit.
using StepJudge = std::function<std::vector<Conflict>(const MergedSoFar& before, std::size_t next,
                                                      const core::ObjectId& merge)>;

struct SimulationInput {
  const git::Repository& repository;
  PairMerger& merger;
  const std::vector<MergeSide>& sides;  // as merge_sides gives them
  // Says what must come before what: streams that are depended on, agents that are waited for,
  // branches that others hold. Imports only suggest an order.
  const MergeOrder& order;
  const StepJudge& judge;
  // Sides that are known to conflict by themselves, the lower number first: they are named first
  // where several sides have changed the path of a conflict.
  std::set<std::pair<std::size_t, std::size_t>> conflicting = {};
  std::size_t most_merges = 256;  // of the search for another order
};

MergeSimulation simulate_merges(const SimulationInput& input);

}  // namespace gs::conflicts
