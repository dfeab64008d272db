#pragma once
// What a ref update does not bring, since a gate saw it before.

#include <set>
#include <vector>

#include "lib/session/session.h"
#include "lib/core/change.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

// Beyond judged_elsewhere(): the branches of identity()'s own stream with their upstreams, and what
// is checked out in other enrolled worktrees.
std::vector<core::ObjectId> landed(session::Session& session);

// The changes of the commits that `old` has and `tip` has not: a rebase or an amended commit makes
// them anew, and they were judged when they were put there.
std::set<core::Change> carried(session::Session& session, const core::ObjectId& old,
                               const core::ObjectId& tip);

}  // namespace gs::gates
