#pragma once
// What a blocked committer is told to do next: right for where one is (index, merge, ref, push),
// and nothing that anybody has done is lost by following it.

#include <optional>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/git/refs/history.h"
#include "lib/session/session.h"

namespace gs::gates {

// At a commit, where `merged` (none: no merge) is merged into HEAD: takes the path out of the
// index; in a merge, takes the version of the side that alone has changed it; where both have, the
// merge is given up, and it is said whom to ask.
std::string step_at_index(session::Session& session, const std::vector<core::ObjectId>& merged,
                          const std::string& path);

// A commit that a branch was to be moved to, or that was to come with it.
struct RefusedCommit {
  const git::Commit& commit;
  bool checked_out = false;  // it would have been the tip of the branch that is checked out
};
std::string step_at_ref(session::Session& session, const RefusedCommit& refused,
                        const std::string& path);

// A commit that is pushed, has arrived, or is in a range.
struct PushedCommit {
  const git::Commit& commit;
  bool last = false;  // no other that comes with it descends from it
  std::string maker;  // "agent-F1" or "stream-F", as the log has it; may be empty
};
std::string step_for_commit(session::Session& session, const PushedCommit& pushed,
                            const core::Identity& who);

}  // namespace gs::gates
