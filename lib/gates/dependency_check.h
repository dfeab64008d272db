#pragma once
// Streams that come onto the integration branch before those that they depend on.

#include <optional>
#include <vector>

#include "lib/core/ids.h"
#include "lib/session/session.h"

namespace gs::gates {

struct UnmetDependency {
  core::StreamId stream, needs;
};

// Of the streams whose work `after` has and `before` has not, and of `own`, as far as the branches
// here say: work is what the record of judged commits, a commit's trailers or else its place in the
// history says. A branch without work of its own arrives nowhere and is nobody's dependency, and
// work counts as there when merging it would change nothing, now or when it was squashed.
// Without `before` nothing arrives: all may have been there.
std::vector<UnmetDependency> unmet_dependencies(session::Session& session,
                                                const std::optional<core::ObjectId>& before,
                                                const core::ObjectId& after,
                                                const std::optional<core::StreamId>& own);

}  // namespace gs::gates
