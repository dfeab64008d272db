#pragma once
// The commits that a ref update, a push or a range brings, and the verdict on each (contract,
// section 4). Every gate that sees commits, and not an index, comes here.

#include <optional>
#include <set>
#include <vector>

#include "lib/session/session.h"
#include "lib/core/finding.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

// A tip whose commits were judged at a gate of their own: the integration branch (no stream) or a
// stream's branch, local or remote-tracking, or what one of them follows.
struct JudgedTip {
  std::optional<core::StreamId> stream;
  core::ObjectId commit;
};
std::vector<JudgedTip> judged_tips(session::Session& session);

// Those of the integration branch and of streams other than identity()'s.
std::vector<core::ObjectId> judged_elsewhere(session::Session& session);

// The commits that `tip` has and neither `hidden` nor judged_elsewhere() has, ancestors first.
std::vector<git::Commit> arrivals(session::Session& session, std::vector<core::ObjectId> hidden,
                                  const core::ObjectId& tip);

struct CommitVerdict {
  core::Verdict verdict;  // its conflicts are not among the findings yet
  std::size_t files = 0;  // that were judged
};
// A commit against its parent, as identity(); of a merge only what differs from every parent.
// `except`: changes that were judged before.
CommitVerdict judge_commit(session::Session& session, const git::Commit& commit,
                           const std::set<core::Change>& except = {});

}  // namespace gs::gates
