#pragma once
// Leases that clones share (contract, section 12), for gates that ask by the paths of commits.

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "lib/coordination/lease.h"
#include "lib/core/lock.h"
#include "lib/gates/new_commits.h"

namespace gs::gates {

class LeaseIndex {
 public:
  LeaseIndex(std::vector<coordination::Lease> leases, bool ignore_case);
  LeaseIndex(const LeaseIndex&) = delete;
  LeaseIndex& operator=(const LeaseIndex&) = delete;

  // Those that cover the path: positions in all().
  std::vector<std::size_t> on(std::string_view path) const;
  const std::vector<coordination::Lease>& all() const { return leases_; }

 private:
  std::vector<coordination::Lease> leases_;
  core::LockTable locks_;  // the same, in the same order
  core::LockIndex index_;
};

// What of a commit is its maker's, as identity(): asked for once, when it is needed.
class OwnChanges {
 public:
  OwnChanges(session::Session& session, const git::Commit& commit)
      : session_(session), commit_(commit) {}
  const core::ChangeSet& all();             // of a merge, what git would not make of its parents
  bool is_own(const core::Change& change);  // not only taken over from others

 private:
  session::Session& session_;
  const git::Commit& commit_;
  std::optional<core::ChangeSet> all_;
  std::optional<std::set<core::Change>> others_;
};

// "agent-E1 on build-3-1a2b3c4d5e6f: Tune limits"; of what is `held`, in a finding.
std::string describe_lease(const coordination::Lease& lease);

}  // namespace gs::gates
