#include "lib/state/lock_leases.h"

#include <map>

#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"

namespace gs::state {

void note_leases(const StateDir& state, std::span<const LockLease> leases) {
  if (leases.empty()) return;
  std::map<std::pair<std::string_view, std::uint64_t>, std::uint64_t> wanted;
  for (const LockLease& one : leases) wanted[{one.path, one.generation}] = one.lease;
  ExclusiveState exclusive(state);
  LockFile file = exclusive.load();
  bool changed = false;
  for (LockEntry& entry : file.entries) {
    const auto found = wanted.find({entry.lock.path, entry.lock.generation});
    if (found == wanted.end() || entry.lock.lease == found->second) continue;
    entry.lock.lease = found->second;
    refresh_entry(entry);
    changed = true;
  }
  if (changed) exclusive.save(std::move(file));
}

}  // namespace gs::state
