#pragma once
// What a gate says where it does not know what other clones have locked (coordination.stale).

#include <optional>

#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/session/session.h"

namespace gs::gates {

// Of a change that is made here; with the next step. Nothing where clones share no locks.
std::optional<core::Finding> judge_stale(session::Session& session, const core::ChangeSet& changes);

}  // namespace gs::gates
