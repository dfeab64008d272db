#pragma once
// Which lease of the store that clones share stands behind a lock of this clone.

#include <cstdint>
#include <span>
#include <string>

#include "lib/state/state_dir.h"

namespace gs::state {

struct LockLease {
  std::string path;              // of the lock, as the file has it
  std::uint64_t generation = 0;  // the lock's: that of a later one on this path is another
  std::uint64_t lease = 0;       // the store's
};

// Notes them in file_locks.json; passes over locks that are not there any more. Throws core::Error
// (broken).
void note_leases(const StateDir& state, std::span<const LockLease> leases);

}  // namespace gs::state
