#pragma once
// What the gate before a commit has let through, noted in this worktree's own git directory, so
// that the ref update which follows judges nothing twice.

#include <optional>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "lib/core/change.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

// Notes that identity() may make this change to `head`. No note, no harm: then it is judged again.
void note_passed(session::Session& session, const std::optional<core::ObjectId>& head,
                 const std::vector<core::ObjectId>& merged, const core::ChangeSet& judged);

// Whether the commit, put where `head` was, is exactly what was noted: of the same committer, under
// the same policy, with the same content; and no lock stands against it by now.
bool has_passed(session::Session& session, const std::optional<core::ObjectId>& head,
                const git::Commit& commit);

}  // namespace gs::gates
