#pragma once
// A conflicted merge that is concluded by a commit: git runs post-commit for it, and no post-merge.

#include "lib/session/session.h"

namespace gs::gates {

// The argument by which our post-merge is told that a commit concluded the merge.
inline constexpr char kConcluded[] = "--concluded";

// Where HEAD is a merge commit that no rebase has made, runs our post-merge for it.
void look_after_concluded_merge(session::Session& session);

}  // namespace gs::gates
