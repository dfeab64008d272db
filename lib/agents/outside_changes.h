#pragma once
// Files of a worktree that were changed out of its agent's scope, by whatever went round the guard.

#include <string>

#include "lib/agents/call.h"
#include "lib/app/session.h"

namespace gs::agents {

// Names them; empty when there are none, and when the same ones were named before. An outsider has
// no scope. Asks git for what is not committed.
std::string outside_changes(app::Session& session, const Call& call);

}  // namespace gs::agents
