#pragma once
// What gates write into the activity log.

#include <optional>
#include <string>
#include <string_view>

#include "lib/session/session.h"
#include "lib/core/finding.h"
#include "lib/state/locks.h"

namespace gs::gates {

// GIT_STREAM_BYPASS, when it gives a reason.
std::optional<std::string> bypass_reason();

// One line for a verdict that blocked (`blocked`) or would have (`bypassed`, with its reason).
// `commits`: a JSON array of their ids, where there were commits to judge. `tool`: of an agent's
// program, where it was one's call that was judged.
void log_verdict(session::Session& session, const std::string& action, const std::string& gate,
                 const core::Verdict& verdict, const std::string& reason,
                 std::string_view commits = {}, const std::string& tool = {});

// `expired`, `locked` and `renewed` lines, one a lock.
void log_locks(session::Session& session, const state::LockOutcome& outcome);

// `committed` for HEAD with its subject, and the renewal of the committer's locks. Nothing for an
// outsider where there is no state yet.
void log_commit(session::Session& session);

}  // namespace gs::gates
