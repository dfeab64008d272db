#pragma once
// What a stream has done: its branch against the integration branch.

#include <optional>
#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/core/change.h"

namespace gs::streams {

struct StreamWork {
  core::BranchName branch;
  core::ObjectId tip;
  core::ObjectId base;      // where it left the integration branch (the merge base)
  core::ChangeSet changes;  // from base to tip
};

// The integration branch's tip: the local branch, or origin's where there is none. Throws
// core::Error (usage) when there is neither.
core::ObjectId integration_tip(app::Session& session);

// The stream's branch as its record names it, else as the policy does; nothing where it does not
// exist or shares no history with the integration branch.
std::optional<StreamWork> work_of(app::Session& session, const core::StreamId& stream,
                                  const core::ObjectId& integration);

}  // namespace gs::streams
