#pragma once
// The locks that gates go by: this clone's, and those of other clones as far as this one knows
// (contract, section 12). Nobody is asked. Where the policy's store is `files`, nothing is opened
// for it.

#include <optional>
#include <span>
#include <string>

#include "lib/core/lock.h"
#include "lib/session/session.h"

namespace gs::session {

// Whether clones share locks, by the policy in force.
bool shares_locks(Session& session);

// All that may cover one of the paths (state::read_locks_for); others' have a host.
core::LockTable known_locks(Session& session, std::span<const std::string> paths);
// All that there are.
core::LockTable all_known_locks(Session& session);

// Why other clones may have locked one of the paths by now: a lease of this clone on it is over, or
// the store was not asked for longer than locks.ttl, or not since the machine was started.
struct StaleLocks {
  std::string path;  // the first that it is said of
  std::string why;
};
// Nothing where that is not so, and where no work is done: a bare repository, or one without state.
std::optional<StaleLocks> stale_locks(Session& session, std::span<const std::string> paths);

}  // namespace gs::session
