#pragma once
// Others' work that comes in without a merge commit: git merge --squash, git cherry-pick.

#include <optional>
#include <set>

#include "lib/session/session.h"
#include "lib/core/change.h"

namespace gs::gates {

// Those of the changes to `base` that make a path exactly what it is on a branch whose commits are
// judged elsewhere, when that branch has changed it since the two parted, and here it still was as
// it has been there: a merge of the two would have done the same.
std::set<core::Change> brought(session::Session& session, const std::optional<core::ObjectId>& base,
                               const core::ChangeSet& judged);

}  // namespace gs::gates
