#pragma once
// Merges that take one side's version of a path, and whose work that leaves out.

#include <set>
#include <vector>

#include "lib/core/change.h"
#include "lib/session/session.h"

namespace gs::gates {

// Those of a merge's own changes that take the version of one parent and leave out nobody's work:
// what the other parents did to the path was done by commits of identity()'s alone (of no branch
// that is judged elsewhere, and nobody else's in the log), or the branch whose version it is has
// had theirs before.
std::set<core::Change> settled_changes(session::Session& session,
                                       const std::vector<core::ObjectId>& parents,
                                       const core::ChangeSet& own);

}  // namespace gs::gates
