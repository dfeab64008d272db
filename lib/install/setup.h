#pragma once
// What a repository needs before anyone works in an enrolled worktree of it.

#include <string>
#include <vector>

#include "lib/session/session.h"

namespace gs::install {

// Notes the integration branch, makes the state files, keeps them out of commits and installs the
// hooks. Returns what was done about hooks, a line each; nothing when they stood already.
std::vector<std::string> set_up_repository(session::Session& session);

// The gate of a bare repository that others push to, and nothing else. Throws core::Error (usage)
// where somebody works.
std::vector<std::string> set_up_server(session::Session& session);

}  // namespace gs::install
