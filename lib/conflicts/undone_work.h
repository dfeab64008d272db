#pragma once
// Others' work that merges on a stream's branch have undone: merged into the integration branch,
// they would undo it there.

#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/session/session.h"

namespace gs::conflicts {

// One for each path, out of the stream's scope, that a merge commit of a side (side 0 apart) has
// set back to what one parent has, against what another parent's branch did to it, and that still
// is as the merge left it. `second` is the integration branch's side.
std::vector<Conflict> undone_work(session::Session& session, const std::vector<MergeSide>& sides);

}  // namespace gs::conflicts
