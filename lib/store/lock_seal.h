#pragma once
// Which very file_locks.json we wrote last: one that is still the same need not be checked for
// damage by every gate again.

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/platform/descriptor.h"
#include "lib/store/state_dir.h"

namespace gs::store {

// What the kernel changes with a file's content: who edits it in place, replaces or restores it
// cannot keep them all (the time of change is nobody's to set).
struct FileMark {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970

  friend bool operator==(const FileMark&, const FileMark&) = default;
};

// Of an open regular file; nothing when it cannot be asked.
std::optional<FileMark> mark_of(const platform::Descriptor& file);

// Notes that the lock file as it is now, of so many bytes, was written by us. For those who hold
// the exclusive lock. A note that cannot be written only costs the next readers time.
void seal_locks(const StateDir& state, std::size_t size);

// Whether the file with this mark is the one that was noted.
bool is_sealed(const StateDir& state, const FileMark& mark);

}  // namespace gs::store
