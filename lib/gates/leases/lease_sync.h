#pragma once
// `git stream sync`: brings the store that clones share and this clone together.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/coordination/lease_store.h"
#include "lib/core/lock.h"
#include "lib/session/session.h"

namespace gs::gates {

// A lock of this clone that its agent does not have in the store: it is taken out here.
struct LostLock {
  core::Lock lock;
  std::optional<core::Lock> by;  // another host's, on the path; none: the lease has just gone
};

struct SyncOutcome {
  bool busy = false;  // another sync runs in this clone: nothing was done
  std::vector<coordination::Lease> acquired, released;
  bool renewed = false;
  std::vector<LostLock> lost;
  std::size_t published = 0, fetched = 0;  // lines of logs
  std::vector<std::string> faults;         // other hosts' logs that could not be read
};

// Asks the store for what is locked here and was not asked for, releases what is not locked here
// any more (the lock was given back, or has ended since its agent is idle), renews what is half
// over, tells whoever has lost a lock (log and warnings), and exchanges the logs. May be killed
// anywhere: the next one goes on. Throws core::Error (unreachable) where the store cannot be asked,
// which is in the log then.
// `wait`: for another one that runs.
SyncOutcome sync_leases(session::Session& session, coordination::LeaseStore& store, bool wait);

// ---- In the background: for hooks and commands, which do not wait for it.

// Starts one unless clones share nothing, or one was started within a quarter of the time of the
// shortest lease. It runs
// on its own, without a terminal, and says nothing; what it would say is in
// stream/coordination/sync.log. Never throws.
void sync_in_background(session::Session& session) noexcept;
// The same at once, or after one that runs: what is to be told to others.
void sync_soon(session::Session& session) noexcept;

// For a command that sets a clone up: so that its first commit knows what other clones have locked.
// Waits for a sync, a few seconds at most; then one goes on in the background. Nobody is asked for
// a password. Returns what came of it, in a line; nothing where clones share nothing, nobody works
// here, or the store was asked a short while ago. Never throws.
std::optional<std::string> first_sync(session::Session& session) noexcept;

}  // namespace gs::gates
