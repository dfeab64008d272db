#pragma once
// The locks that a gate takes for the committer: on paths in nobody's scope.

#include <string_view>

#include "lib/app/gate_pass.h"
#include "lib/app/session.h"
#include "lib/core/finding.h"

namespace gs::app {

// Takes those that the verdict asks for. False, and said, when somebody was faster. `top`: as in
// judge_change.
bool take_locks(Session& session, const core::Verdict& verdict, const GateName& gate,
                std::string_view top = {});

}  // namespace gs::app
