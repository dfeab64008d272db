#pragma once
// Asking for locks in the name of who works here.

#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/store/locks.h"

namespace gs::app {

// For paths or patterns that pattern_fault has let through: by identity(), for as long as the
// policy says, in the repository's case.
store::LockRequest lock_request(Session& session, std::vector<std::string> paths);

}  // namespace gs::app
