#pragma once
// Locks that a tool call was given when it was checked, and did not use: it failed, or wrote
// something else. They are released once it is over.
//
// Kept in the worktree's own git directory, in stream/edit-locks: four texts a lock, each ended by
// a NUL: session, call, the file's state when the lock was taken, path.

#include <span>

#include "lib/agents/dialects/call.h"
#include "lib/core/lock.h"
#include "lib/session/session.h"

namespace gs::agents {

void note_taken_locks(session::Session& session, const Call& call,
                      std::span<const core::Lock> taken);

// After the call, or at the end of a turn: all of the session's. A file that is not as it was then
// keeps its lock.
void release_unused_locks(session::Session& session, const Call& call);

}  // namespace gs::agents
