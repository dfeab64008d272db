#pragma once
// What an agent is told besides refusals: who it is when a session starts, and what was changed
// out of its scope by whatever the check of tool calls did not see.

#include <string>

#include "lib/agents/dialects/call.h"
#include "lib/session/session.h"

namespace gs::agents {

// Empty for an outsider. Throws core::Error as the state's readers do.
std::string briefing(session::Session& session);

// Names them; empty when there are none, and when the same ones were named before. An outsider has
// no scope. Asks git for what is not committed.
std::string outside_changes(session::Session& session, const Call& call);

}  // namespace gs::agents
