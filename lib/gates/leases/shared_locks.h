#pragma once
// Locks as the store that clones share has them as well: for commands, which may use the network.
// Where the policy's store is `files`, these are state::acquire() and release() and no more.
//
// A lock is entered here first, and then asked of the store: so no sync (lease_sync.h) that runs at
// the same time takes one for the remains of the other.

#include <optional>
#include <span>
#include <string>

#include "lib/coordination/lease.h"
#include "lib/core/error.h"
#include "lib/session/session.h"
#include "lib/state/locks.h"

namespace gs::gates {

// All or nothing, here and in the store; what others hold there is among the held, with their host.
// Waits until the deadline, where there is one. What was taken is logged. Throws core::Error
// (unreachable) when the store cannot be asked: nothing is locked then.
state::LockOutcome acquire_shared(session::Session& session, const state::LockRequest& request,
                                  std::optional<core::Instant> deadline = std::nullopt);

// Another host's lease as a lock; `left`: how long it is to be let alone still, by this host's
// clock.
core::Lock foreign_lock(const coordination::Lease& lease, core::Seconds left);

struct SharedRelease {
  std::vector<std::string> paths;  // none: all of the agent's own
  bool force = false;              // those of others too, those of other hosts among them
  std::string reason;              // with force, for the log
};
struct SharedReleaseOutcome {
  state::ReleaseOutcome locks;
  // Why the store could not be asked: then the next sync releases there what was released here.
  std::optional<core::Error> store;
};
// As state::release() by identity(). What was released is logged.
SharedReleaseOutcome release_shared(session::Session& session, const SharedRelease& request);

// ---- A clone that is given up.

// The leases that the store has of this clone, as far as it knows: asks nobody. Throws core::Error
// (broken) where what it knows is damaged.
std::vector<coordination::Lease> own_leases(const session::Session& session);
// Releases in the store what that has of this clone. Throws core::Error: as the store, and
// (unreachable) where the policy names none.
void release_own_leases(session::Session& session);

}  // namespace gs::gates
