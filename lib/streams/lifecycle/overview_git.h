#pragma once
// What git knows of the streams: branches, worktrees and what is in them.

#include "lib/streams/lifecycle/status.h"

namespace gs::streams {

// Fills in what belongs to git, for streams whose record, branch and list of worktrees are there.
// What cannot be found out is among a stream's troubles.
void add_git_side(app::Session& session, Overview& overview);

}  // namespace gs::streams
