#pragma once
// Asking for locks in the name of who works here.

#include <string>
#include <vector>

#include "lib/session/session.h"
#include "lib/state/locks.h"

namespace gs::gates {

// For paths or patterns that pattern_fault has let through: by identity(), for as long as the
// policy says, in the repository's case.
state::LockRequest lock_request(session::Session& session, std::vector<std::string> paths);

}  // namespace gs::gates
