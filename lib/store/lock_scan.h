#pragma once
// One pass over the text of file_locks.json without building anything: what gates ask for.

#include <optional>
#include <string_view>
#include <vector>

#include "lib/core/lock.h"
#include "lib/store/wanted_paths.h"

namespace gs::store {

// Exactly what parse_lock_file would give, reduced to the locks on one of these paths and to all
// patterns; nothing when the text holds anything unusual (it may be fine or damaged then). The
// paths must outlive the call.
std::optional<core::LockTable> scan_locks(std::string_view text, const WantedPaths& wanted);
// The same for a text that render_lock_file wrote, in a sixth of the time: nothing but the keys and
// the kept locks is looked at. Nothing when it is not written like that.
std::optional<core::LockTable> find_locks(std::string_view rendered, const WantedPaths& wanted);
// All of them.
std::optional<core::LockTable> scan_all_locks(std::string_view text);
// A lock, and where in the text the time of its end stands, written as format_utc writes it.
struct Lease {
  core::Lock lock;
  std::size_t expires = 0;
};
// As scan_locks, reduced to one holder's locks; nothing, too, where one's end is written otherwise.
std::optional<std::vector<Lease>> scan_leases(std::string_view text, std::string_view agent);

}  // namespace gs::store
