#pragma once
// What of other hosts' logs this clone has, where clones share them. Nobody is asked.

#include <vector>

#include "lib/coordination/host_log.h"
#include "lib/session/session.h"
#include "lib/state/handoffs.h"

namespace gs::session {

// Whether clones share locks and logs: coordination.store is not `files`.
bool shares_logs(const core::Policy& policy);

// What was fetched; empty where nothing is shared.
coordination::HostLog host_log(Session& session);

// As state::read_handoffs(); where clones share their logs, with those that were fetched, by the
// times that they state.
std::vector<state::Handoff> all_handoffs(Session& session);

}  // namespace gs::session
