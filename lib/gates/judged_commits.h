#pragma once
// What the gate before a commit has let through, noted in this worktree's own git directory, so
// that the ref update which follows judges nothing twice.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/refs/history.h"
#include "lib/session/session.h"

namespace gs::gates {

// Notes that identity() may make these changes to `head`: all that are made to it, with what a
// merge brings along. No note, no harm: then it is judged again.
void record_judged(session::Session& session, const std::optional<core::ObjectId>& head,
                   const std::vector<core::ObjectId>& merged, const core::ChangeSet& changes);

// Whether the commit, put where `head` was, is exactly what was noted: of the same committer, under
// the same policy, with the same content; and no lock stands against it by now.
bool was_judged(session::Session& session, const std::optional<core::ObjectId>& head,
                const git::Commit& commit);

// ---- What a ref update does not bring, since a gate saw it before.

// Beyond judged_elsewhere(): the branches of identity()'s own stream with their upstreams, and what
// is checked out in other enrolled worktrees.
std::vector<core::ObjectId> judged_before(session::Session& session);

// The changes of the commits that `old` has and `tip` has not: a rebase or an amended commit makes
// them anew, and they were judged when they were put there.
std::set<core::Change> carried(session::Session& session, const core::ObjectId& old,
                               const core::ObjectId& tip);

}  // namespace gs::gates
