#pragma once
// One pass over the text of file_locks.json without building anything: what gates ask for.

#include <optional>
#include <string_view>

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
// As scan_locks, reduced to one holder's locks.
std::optional<core::LockTable> scan_locks_of(std::string_view text, std::string_view agent);

}  // namespace gs::store
