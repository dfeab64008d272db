#pragma once
// One try at taking locks, on the file's content in memory.

#include "lib/store/lock_file.h"
#include "lib/store/locks.h"

namespace gs::store {

struct Attempt {
  LockOutcome outcome;
  bool changed = false;  // the file has to be saved
};

// Changes `file` only when nothing is held. Throws core::Error (broken) when the generations are
// used up.
Attempt try_acquire(LockFile& file, const LockRequest& request, core::Instant now);

// When a lease of this length ends: never beyond what the file can say.
core::Instant lease_end(core::Instant now, core::Seconds ttl);

}  // namespace gs::store
