#pragma once
// The whole train: every stream merged in the suggested order, in memory.

#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "lib/app/session.h"
#include "lib/conflicts/conflict.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/pair_merge.h"

namespace gs::streams {

struct Rehearsal {
  std::vector<std::size_t> order;  // numbers of sides
  // Where the suggested order breaks; none: it goes through.
  std::optional<std::size_t> breaks;  // a place in it
  std::size_t with = 0;               // the side before it that the first clash is with
  std::vector<Clash> clashes;         // of that merge; the blocking ones
  // Then: an order that goes through, if one was found.
  std::optional<std::vector<std::size_t>> other;
  bool gave_up = false;    // not all were tried
  std::size_t merges = 0;  // made in memory

  bool fine() const { return !breaks.has_value(); }
};

// What is wrong with a merge: `before`, all that was merged so far, as side 0; the number of the
// next one; the merge's commit.
using StepJudge = std::function<std::vector<Clash>(const MergeSide& before, std::size_t next,
                                                   const core::ObjectId& merge)>;

struct RehearsalLimits {
  std::size_t merges = 256;  // of the search for another order
  // Sides that are known to clash by themselves, the lower number first: to tell who is to blame.
  std::set<std::pair<std::size_t, std::size_t>> clashing = {};
};

// `sides` as merge_sides gives them; `order` says what must come before what: streams that are
// depended on, agents that are waited for, branches that others hold.
Rehearsal rehearse(app::Session& session, PairMerger& merger, const std::vector<MergeSide>& sides,
                   const MergeOrder& order, const StepJudge& judge,
                   const RehearsalLimits& limits = {});

}  // namespace gs::streams
