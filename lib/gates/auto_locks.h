#pragma once
// The locks that a gate takes for the committer: on paths in nobody's scope.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/finding.h"
#include "lib/gates/reporting.h"
#include "lib/session/session.h"
#include "lib/state/locks.h"

namespace gs::gates {

// Takes those that the verdict asks for. False, and said, when somebody was faster. `top`: as in
// judge_change.
bool take_locks(session::Session& session, const core::Verdict& verdict, const GateName& gate,
                std::string_view top = {});

// ---- Asking for locks in the name of who works here.

// For paths or patterns that pattern_fault has let through: by identity(), for as long as the
// policy says, in the repository's case.
state::LockRequest lock_request(session::Session& session, std::vector<std::string> paths);

}  // namespace gs::gates
