// Changes of a concluded merge that another parent brought: see drop_equal_to_parents.

#include <algorithm>

#include "lib/git/objects/parsed_trees.h"
#include "lib/git/index/staged.h"

namespace gs::git {

namespace {

using core::Change;
using core::ObjectId;

// Whether a parent has at the path just what the change makes of it; nothing is no entry.
bool has_result_of(TreePaths& parent, const Change& change) {
  const TreeItem* const item = parent.item(change.path);
  if (item == nullptr || item->is_tree()) return change.new_mode == core::mode::none;
  return item->id == change.new_id && item->mode == change.new_mode;
}

}  // namespace

void drop_equal_to_parents(TreeSource& trees, std::span<const ObjectId> parent_trees,
                           StagedDiff& diff) {
  const auto undecided = [&](const Change& change) {
    return std::binary_search(diff.unmerged.begin(), diff.unmerged.end(), change.path);
  };
  ParsedTrees parsed(trees);
  for (const ObjectId& root : parent_trees) {
    TreePaths parent(parsed, root);
    std::erase_if(diff.changes, [&](const Change& change) {
      return has_result_of(parent, change) && !undecided(change);
    });
  }
}

}  // namespace gs::git
