#pragma once
// What git cannot merge, and what both have changed.

#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/conflicts/pair_merge.h"

namespace gs::streams {

// The conflicts of a merge that is not clean, with both sides' hunks; of one without a common
// history that alone. `one` and `other` number the sides.
std::vector<Clash> text_clashes(const PairMerger& merger, const PairMerge& merge,
                                const MergeSide& ours, const MergeSide& theirs, std::size_t one,
                                std::size_t other);

// Files that both have changed, differently, and that are in none of these clashes.
std::vector<Clash> both_changed(const MergeSide& ours, const MergeSide& theirs, std::size_t one,
                                std::size_t other, const std::vector<Clash>& clashes);

}  // namespace gs::streams
