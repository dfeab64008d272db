#pragma once
// Imports that lead nowhere in a tree: the module is gone or moved, or it binds the name no more.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/offered_names.h"
#include "lib/core/finding.h"
#include "lib/core/import_edge.h"

namespace gs::analyzers {

struct BrokenImport {
  core::ImportEdge edge;  // as it was resolved in that tree
  std::string module;     // the one that is not there, or that has no `name`
  std::string name;       // empty: the module itself is missing
  std::string doubt;      // why it may be there all the same; empty: it is not

  // Whether importing it fails for certain, as the program runs.
  bool certain() const;
};

// Whether a top-level module was one of this repository's, though this tree does not have it.
using Ours = std::function<bool(std::string_view top)>;

// Of these imports (import_edges of the same modules) those that lead nowhere, in their order.
// Nothing of guarded ones, of modules that were never ours, or of what leaves the top level.
std::vector<BrokenImport> broken_imports(OfferedNames& tree,
                                         const std::vector<core::ImportEdge>& edges,
                                         const Ours& ours);

// Without those that were broken in the same way: `before` are the same file's in the tree before;
// `there` are the same statements seen in that tree, against which a doubt alone is nothing new.
std::vector<BrokenImport> newly_broken(std::vector<BrokenImport> now,
                                       const std::vector<BrokenImport>& before,
                                       const std::vector<BrokenImport>& there);

// Rule `imports`; blocks when certain, warns otherwise.
core::Finding as_finding(const BrokenImport& broken);

}  // namespace gs::analyzers
