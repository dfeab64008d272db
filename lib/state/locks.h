#pragma once
// file_locks.json: reading it fast, changing it safely (contract, sections 5 and 6).

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/core/lock.h"
#include "lib/state/state_dir.h"

namespace gs::state {

// Every lock of the file, expired ones too, in the file's order. A missing file holds none.
// Throws core::Error (broken) naming the file and `git stream init --repair` when it is damaged.
core::LockTable read_locks(const StateDir& state);

// Only the locks that may cover one of `paths` (patterns always do): what a gate asks, in a
// fraction of the time. The whole file is still checked for damage.
core::LockTable read_locks_for(const StateDir& state, std::span<const std::string> paths,
                               bool ignore_case);

// Who asks for locks, and for what.
struct LockRequest {
  std::vector<std::string> paths;  // paths or patterns, already checked with pattern_fault
  std::string agent;               // core::Identity::name()
  std::string stream;
  std::string task;  // empty: a renewal keeps the old task
  core::Seconds ttl{3600};
  bool automatic = false;
  bool ignore_case = false;
};

// What stands in the way of one path.
struct Held {
  std::string path;
  core::Lock lock;
};

struct LockOutcome {
  std::vector<core::Lock> taken, renewed;  // both empty when something is held
  std::vector<core::Lock> expired;         // expired locks of others that made room, to be logged
  std::vector<Held> held;                  // not empty: nothing was changed
};

// All or nothing; holding again by the same agent renews (a renewal never shortens: the later
// expiry stays). Expired locks that collide are removed.
LockOutcome acquire(const StateDir& state, const LockRequest& request, core::Instant now);

// Waits until `deadline` for what is held, first come, first served: announced in lock_waits.json
// until it is over. acquire() does not look there and may take what is free before those who wait.
// A wait that would close a cycle of waiting agents throws core::Error (findings) naming the cycle.
// Waiters that were killed are dropped, stopped ones passed over, within about a second.
LockOutcome acquire_waiting(const StateDir& state, const LockRequest& request,
                            core::Instant deadline);

struct ReleaseOutcome {
  std::vector<core::Lock> released;
  std::vector<Held> foreign;         // held by somebody else and not forced: nothing was changed
  std::vector<std::string> unknown;  // no such lock: not an error by itself
};

// Releases exactly these lock entries (by their text; where there is none, by its path_form()), or
// all of the agent's own when `paths` is empty. `force` takes those of others too. An expired lock
// can be released by anyone.
ReleaseOutcome release(const StateDir& state, std::span<const std::string> paths,
                       const std::string& agent, bool force, core::Instant now,
                       bool ignore_case = false);

// Every lock of the agent gets at least `ttl` from now; returns those that were renewed. Writes
// nothing when the agent holds none. An expired lock that nobody took is alive again.
std::vector<core::Lock> renew(const StateDir& state, const std::string& agent, core::Seconds ttl,
                              core::Instant now);

}  // namespace gs::state
