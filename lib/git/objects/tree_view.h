#pragma once
// A commit's tree with changes laid over it, as module resolution asks about it.

#include <memory>
#include <optional>

#include "lib/core/source_tree.h"
#include "lib/git/objects/parsed_trees.h"

namespace gs::git {

// Reads each folder when it is first asked about. The trees must outlive it.
std::unique_ptr<core::SourceTree> view_tree(ParsedTrees& trees,
                                            const std::optional<core::ObjectId>& tree,
                                            const core::ChangeSet& changes);

}  // namespace gs::git
