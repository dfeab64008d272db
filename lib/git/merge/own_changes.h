#pragma once
// What a merge's committer did: how the result differs from git's own merge of its parents
// (contract, section 4).

#include <optional>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/index/staged.h"
#include "lib/git/repository.h"

namespace gs::git {

struct MergeResult {
  StagedDiff changes;                  // against the first parent's tree
  std::optional<core::ObjectId> tree;  // where it is known: then less has to be read
};

// Each path at which it is not what the merge of the parents, one after the other, makes of it:
// - a path that one side alone has changed is as that side has it;
// - what both have changed, or what may have moved, `git merge-tree` decides, with the attributes
//   of the first parent's tree, no external driver, and nothing that is configured;
// - where it cannot decide, anything but either side's version is the committer's, and a side's
//   version where the other side has changed the path too; a submodule's link to either side's
//   commit is not;
// - where every parent's attributes name an external driver, only a side's version that drops the
//   other's.
// A change is against the first parent where the result is something else, otherwise against the
// version of another parent that is not in the result.
// Costs a process only where merge-tree must be asked. Throws core::Error (broken) where a shallow
// clone hides what the parents have in common, or a partial one the contents.
core::ChangeSet own_changes(const Repository& repository,
                            const std::vector<core::ObjectId>& parents, const MergeResult& result);

}  // namespace gs::git
