#include "lib/gates/leases/lease_index.h"

#include <utility>

#include "lib/core/text.h"
#include "lib/gates/judge_change.h"

namespace gs::gates {

namespace {

core::LockTable as_locks(const std::vector<coordination::Lease>& leases) {
  core::LockTable locks;
  locks.reserve(leases.size());
  for (const coordination::Lease& lease : leases) {
    core::Lock lock;
    lock.path = lease.path;
    locks.push_back(std::move(lock));
  }
  return locks;
}

}  // namespace

LeaseIndex::LeaseIndex(std::vector<coordination::Lease> leases, bool ignore_case)
    : leases_(std::move(leases)), locks_(as_locks(leases_)), index_(locks_, ignore_case) {}

std::vector<std::size_t> LeaseIndex::on(std::string_view path) const {
  std::vector<std::size_t> hits;
  for (const core::Lock* const lock : index_.on(path))
    hits.push_back(static_cast<std::size_t>(lock - locks_.data()));
  return hits;
}

const core::ChangeSet& OwnChanges::all() {
  if (!all_) all_ = git::changes_of(session_.repository(), commit_);
  return *all_;
}

bool OwnChanges::is_own(const core::Change& change) {
  if (!others_) {
    std::vector<core::ObjectId> parents = commit_.parents;
    std::optional<core::ObjectId> base;
    if (!parents.empty()) base = parents.front();
    if (base) parents.erase(parents.begin());
    others_ = changes_of_others(session_, {base, all(), all(), std::move(parents)});
  }
  return !others_->contains(change);
}

std::string describe_lease(const coordination::Lease& lease) {
  const std::string who = core::printable(lease.agent) + " on " + lease.host.str();
  return lease.reason.empty() ? who : who + ": " + core::printable(lease.reason);
}

}  // namespace gs::gates
