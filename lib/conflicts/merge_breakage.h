#pragma once
// What a clean merge breaks all the same: imports, calls, layers and circles of the merged tree
// that are fine on either side alone.

#include <vector>

#include "analyzers/import_graph.h"
#include "lib/conflicts/pair_merge.h"
#include "lib/conflicts/side_index.h"

namespace gs::streams {

// In the order: imports, calls, layers. `merged`: the merge of `ours` and `theirs`, in that order,
// and `undecided` the paths in it that say nothing. Looks at the files that either side has changed
// and that build on what the other has; those that neither has touched are left to the judgement of
// the whole tree (merged_tree.h).
std::vector<Clash> code_clashes(app::Session& session, MergeHalf& ours, MergeHalf& theirs,
                                TreeView& merged, const std::vector<std::string>& undecided);

// Whether any file of the one builds on what the other touches, or both have changed one.
bool meet(MergeHalf& ours, MergeHalf& theirs);

// Circles of top-level modules that need imports of both. `graph`: the integration branch's.
std::vector<Clash> circle_clashes(MergeHalf& ours, MergeHalf& theirs,
                                  const analyzers::ImportGraph& graph);

}  // namespace gs::streams
