#pragma once
// The locks that a gate takes for the committer: on paths in nobody's scope.

#include <string_view>

#include "lib/gates/gate_pass.h"
#include "lib/session/session.h"
#include "lib/core/finding.h"

namespace gs::gates {

// Takes those that the verdict asks for. False, and said, when somebody was faster. `top`: as in
// judge_change.
bool take_locks(session::Session& session, const core::Verdict& verdict, const GateName& gate,
                std::string_view top = {});

}  // namespace gs::gates
