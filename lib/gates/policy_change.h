#pragma once
// Changes to the policy itself: a broken one must not get in, and the repair of one must.

#include <optional>

#include "lib/session/session.h"
#include "lib/core/change.h"
#include "lib/core/finding.h"

namespace gs::gates {

// A finding when the change set brings a `.streams.yaml` that cannot be read.
std::optional<core::Finding> judge_policy_change(const git::Repository& repository,
                                                 const core::ChangeSet& changes);

// Whether the policy in force cannot be read, nobody in a stream is acting, and this change set
// brings one that can: the owner's repair, which nothing else could judge. With a readable policy:
// false. Throws the policy's core::Error when it cannot be read and this is no repair.
bool repairs_policy(session::Session& session, const core::ChangeSet& changes);

// Whether a commit could be the one that repairs an unreadable policy: its own can be read.
bool has_readable_policy(const git::Repository& repository, const core::ObjectId& commit);

}  // namespace gs::gates
