#pragma once
// What is run after a merge: the policy's steps, or those that the tree calls for.

#include <vector>

#include "lib/app/session.h"

namespace gs::streams {

// The policy's own, an empty list included. Where it has none: types and imports where there is
// Python, tests where there is a folder `tests`, layers where the policy has some. Without a policy
// there is nothing to run.
std::vector<core::ValidateStep> validation_steps(app::Session& session);

}  // namespace gs::streams
