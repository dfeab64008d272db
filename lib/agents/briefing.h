#pragma once
// What an agent should know when its session starts: who it is, what it may change, what others
// have locked, what is handed to it, and what it was warned of. One screen.

#include <string>

#include "lib/app/session.h"

namespace gs::agents {

// Empty for an outsider. Throws core::Error as the state's readers do.
std::string briefing(app::Session& session);

}  // namespace gs::agents
