#pragma once
// The store that the policy in force names, opened for this clone.

#include <memory>
#include <string>

#include "lib/coordination/open_store.h"
#include "lib/session/session.h"

namespace gs::session {

// The remote that coordination uses where the policy names none: the one recorded for the
// integration branch at `install`, else the one that this branch tracks, else "origin".
std::string coordination_remote(Session& session);

// Null where clones share nothing. Throws core::Error as open_store() does; asks nobody.
std::unique_ptr<coordination::LeaseStore> shared_store(Session& session, bool interactive = false);

}  // namespace gs::session
