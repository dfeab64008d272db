#pragma once
// Who changed a path between two commits.

#include <map>
#include <string>
#include <vector>

#include "lib/app/session.h"

namespace gs::streams {

// For each path "agent-F1 (1a2b3c4d5e)": the one who made the last commit that touches it after
// `base`, up to `tip`. Known from the activity log, else by whose scope the path is in, else the
// commit's author. Paths that no commit there touches are left out. `variables` are git's besides,
// for commits in scratch objects.
std::map<std::string, std::string> who_changed(app::Session& session, const core::ObjectId& base,
                                               const core::ObjectId& tip,
                                               const std::vector<std::string>& paths,
                                               const std::vector<std::string>& variables = {});

}  // namespace gs::streams
