#pragma once
// Which very file_locks.json we wrote last: one that is still the same need not be checked for
// damage by every gate again.

#include <cstddef>

#include "lib/platform/file_mark.h"
#include "lib/store/state_dir.h"

namespace gs::store {

// Notes that the lock file as it is now, of so many bytes, was written by us. For those who hold
// the exclusive lock. A note that cannot be written only costs the next readers time.
void seal_locks(const StateDir& state, std::size_t size);

// Whether the file with this mark is the one that was noted.
bool is_sealed(const StateDir& state, const platform::FileMark& mark);

}  // namespace gs::store
