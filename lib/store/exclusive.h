#pragma once
// The one lock under which every JSON file of a state directory is changed.

#include "lib/store/atomic_file.h"
#include "lib/store/state_dir.h"

namespace gs::store {

// Its name in the state directory. lock_seal.h keeps a note in it.
inline constexpr char kExclusiveFile[] = ".lock";

// Held from construction to destruction. Temporary files that killed writers left are removed.
// Throws core::Error (broken) when the state directory is missing or a symbolic link.
class ExclusiveState {
 public:
  explicit ExclusiveState(const StateDir& state);

 private:
  FileLock lock_;
};

// No state file of ours grows beyond this; a larger one is refused unread.
inline constexpr std::size_t kStateLimit = std::size_t{16} << 20;

// Throws core::Error (broken) when the state directory is a symbolic link or no folder; returns
// whether it exists.
bool state_exists(const StateDir& state);

}  // namespace gs::store
