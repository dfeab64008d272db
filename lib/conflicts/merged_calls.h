#pragma once
// Calls that a merge breaks, though they were right on either side.

#include <vector>

#include "lib/app/session.h"
#include "lib/core/finding.h"

namespace gs::streams {

// Of a merge commit whose first parent is `before`; nothing for any other commit. Rule `imports`;
// blocks what imports alone decide.
std::vector<core::Finding> calls_broken_by_merge(app::Session& session,
                                                 const core::ObjectId& before,
                                                 const core::ObjectId& merge,
                                                 const std::vector<std::string>& variables);

}  // namespace gs::streams
