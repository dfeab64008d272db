#pragma once
// The entries of the policy in force that match nothing in this repository's tree.

#include <optional>
#include <vector>

#include "lib/core/finding.h"
#include "lib/session/session.h"

namespace gs::gates {

// In the index, or a commit's tree (a bare repository: HEAD's where none is given). As
// analyzers::idle_entries().
std::vector<core::Finding> idle_policy(session::Session& session,
                                       std::optional<core::ObjectId> commit = {});

}  // namespace gs::gates
