#pragma once
// Merges that need no git: two sides whose changes have nothing to do with each other.

#include <optional>

#include "lib/git/repository.h"

namespace gs::git {

// The one best common ancestor of two commits; nothing when there is none, or several (a
// criss-cross history).
std::optional<core::ObjectId> only_merge_base(const Repository& repository, const core::ObjectId& a,
                                              const core::ObjectId& b);

// What the merge lays over our tree, where every path is changed by one side only or alike by both,
// no file stands where the other side has a folder, and no rename of one side can concern the
// other: then this is what git makes of it, without conflict. Nothing where git must be asked. Both
// are changes from the only merge base.
std::optional<core::ChangeSet> quick_merge(const core::ChangeSet& ours,
                                           const core::ChangeSet& theirs);

}  // namespace gs::git
