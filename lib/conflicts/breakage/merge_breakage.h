#pragma once
// What a clean merge breaks all the same: imports, calls, names, layers and circles of the merged
// tree that are fine on either side alone.

#include <vector>

#include "analyzers/import_graph.h"
#include "lib/conflicts/breakage/side_index.h"
#include "lib/conflicts/pair_merge.h"

namespace gs::conflicts {

struct MergedCode {
  session::Session& session;
  SideIndex& ours;
  SideIndex& theirs;
  TreeView& merged;                           // the merge of `ours` and `theirs`, in that order
  const std::vector<std::string>& undecided;  // paths in it that say nothing
  // Where the merge has under a new name what the other side has changed under the old one.
  const git::Renames &renamed_by_ours = kNone, &renamed_by_theirs = kNone;

  static inline const git::Renames kNone;
};

// In the order: imports, calls, names, layers, files of the project (project_conflicts.h). Looks at
// the files that either side has changed and that build on what the other has; those that neither
// has touched are left to the judgement of the whole tree (merged_tree.h).
std::vector<Conflict> code_conflicts(const MergedCode& code);

// Whether any file of the one builds on what the other touches, or both have changed one, or files
// of the project that belong together.
bool related(SideIndex& ours, SideIndex& theirs);

// Circles of top-level modules that need imports of both. `graph`: the integration branch's.
std::vector<Conflict> circle_conflicts(SideIndex& ours, SideIndex& theirs,
                                       const analyzers::ImportGraph& graph);

}  // namespace gs::conflicts
