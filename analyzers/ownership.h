#pragma once
// Scope and protection: may this identity change this path at all?

#include <optional>

#include "lib/core/finding.h"
#include "lib/core/policy.h"
#include "lib/core/scope.h"

namespace gs::analyzers {

// What the place of a path means for somebody in a stream; `unowned: lock` is settled by locks.h.
std::optional<core::Finding> judge_place(const core::Policy& policy, const core::Place& place,
                                         std::string_view path);

// What the policy says of any change by an outsider.
std::optional<core::Finding> judge_outsider(const core::Policy& policy, std::string_view path);

}  // namespace gs::analyzers
