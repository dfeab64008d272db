#pragma once
// What is to be asked of the store, from this clone's locks and from what the store has: a pure
// function.
//
// The locks of the clone are what its agents want, the store says who has it. A lock of the clone
// names the lease behind it (core::Lock::lease). One that names none was never asked for; one whose
// lease is gone has been lost, and is not asked for again. One that is over is of an agent that is
// idle: its lease is released, and should the agent go on, it is asked for anew.

#include <string>
#include <vector>

#include "lib/coordination/lease_store.h"
#include "lib/core/lock.h"
#include "lib/state/lock_leases.h"

namespace gs::coordination {

struct SyncPlan {
  std::vector<state::LockLease> known;  // to be noted: leases that are there, or 0
  std::vector<core::Lock> gone;         // locks whose lease is there no more
  std::vector<ReleaseRequest> release;  // of leases behind which there is no lock any more
  std::vector<AcquireRequest> acquire;  // by agent and task
  bool renew = false;                   // unless a change is made anyway, which renews as well
};

struct SyncQuestion {
  const core::LockTable& locks;  // this clone's
  const SeenLeases& seen;
  core::Instant now;
  core::Seconds duration{3600};  // of new leases
  // Leases are renewed when less than this part of their time is left: a half and something, which
  // is different for each clone and time.
  double renewed_at = 0.5;
  bool ignore_case = false;
};

SyncPlan plan_sync(const SyncQuestion& question);

// The lease of this host and that agent on the very path of a lock; null: there is none.
const Lease* lease_behind(const core::Lock& lock, const std::vector<Lease>& leases,
                          bool ignore_case);

}  // namespace gs::coordination
