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
// merge brings along; and that it holds these locks, on paths in nobody's scope. No note, no harm:
// then it is judged again.
void record_judged(session::Session& session, const std::optional<core::ObjectId>& head,
                   const std::vector<core::ObjectId>& merged, const core::ChangeSet& changes,
                   const std::vector<std::string>& locked);

// What the note says of a commit that is put where `head` was.
struct Noted {
  // It is exactly what was noted: of the same committer, under the same policy, with the same
  // content; no lock stands against it by now, and those that it needs are still the committer's.
  bool passed = false;
  // The same, but the committer's lock on this path is gone, and may have been another's meanwhile.
  std::optional<std::string> lost_lock;
};
Noted noted_of(session::Session& session, const std::optional<core::ObjectId>& head,
               const git::Commit& commit);

// The note is for one commit: whatever comes later is judged anew.
void forget_note(session::Session& session);

}  // namespace gs::gates
