#pragma once
// What a repository needs before anyone works in an enrolled worktree of it.

#include <string>
#include <vector>

#include "lib/app/session.h"

namespace gs::app {

// Notes the integration branch, makes the state files, keeps them out of commits and installs the
// hooks. Returns what was done about hooks, a line each; nothing when they stood already.
std::vector<std::string> set_up_repository(Session& session);

}  // namespace gs::app
