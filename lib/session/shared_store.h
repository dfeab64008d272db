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

// Whether the remote that clones share is one that this clone does not have and never had: a
// sandbox, which works by itself. One that is taken away later changes nothing: what was read
// holds.
bool works_alone(Session& session);

// Null where clones share nothing, or this one works alone. Throws core::Error as open_store()
// does; asks nobody.
std::unique_ptr<coordination::LeaseStore> shared_store(Session& session, bool interactive = false);

}  // namespace gs::session
