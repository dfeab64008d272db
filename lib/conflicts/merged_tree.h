#pragma once
// What a merge would bring into the integration branch: layers, circles and imports that lead
// nowhere. Nothing is checked out.

#include <vector>

#include "lib/app/session.h"
#include "lib/core/finding.h"

namespace gs::streams {

// What is wrong in `after` and was not in `before` (two commits): imports of higher layers (as
// rules.layer says, the baseline apart), internal imports whose module or name is not there (unless
// guarded by `except ImportError`, or when it cannot be decided), new circles of top-level modules,
// calls that were right on either side of the merge (merged_calls.h). In path order. `variables` as
// for PathAuthors.
std::vector<core::Finding> judge_merged(app::Session& session, const core::ObjectId& before,
                                        const core::ObjectId& after,
                                        const std::vector<std::string>& variables = {});

}  // namespace gs::streams
