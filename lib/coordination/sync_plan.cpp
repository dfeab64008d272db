#include "lib/coordination/sync_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "lib/core/ids.h"
#include "lib/core/path_form.h"

namespace gs::coordination {

namespace {

bool is_behind(const core::Lock& lock, const Lease& lease, bool ignore_case) {
  return core::same_path(lock.path, lease.path, ignore_case) &&
         core::same_holder(lock.agent, lease.agent);
}

// Requests of one agent for one reason are one request, in the locks' order.
using Group = std::tuple<std::string, std::string, bool>;

void add_acquisitions(const SyncQuestion& question, const std::vector<const core::Lock*>& wanted,
                      SyncPlan& plan) {
  std::map<Group, std::size_t> groups;
  for (const core::Lock* lock : wanted) {
    const auto [group, fresh] =
        groups.try_emplace({lock->agent, lock->task, lock->automatic}, plan.acquire.size());
    if (fresh)
      plan.acquire.push_back({{},
                              lock->stream,
                              lock->agent,
                              lock->task,
                              question.duration,
                              lock->automatic,
                              question.ignore_case});
    plan.acquire[group->second].paths.push_back(lock->path);
  }
}

void add_releases(const std::vector<const Lease*>& idle, SyncPlan& plan) {
  std::map<std::string, std::size_t> agents;
  for (const Lease* lease : idle) {
    const auto [agent, fresh] = agents.try_emplace(lease->agent, plan.release.size());
    if (fresh) plan.release.push_back({{}, lease->agent, false, {}});
    plan.release[agent->second].leases.push_back({lease->path, lease->generation});
  }
}

bool is_due(const SeenLease& seen, double part) {
  return seen.standing == Standing::unsure ||
         static_cast<double>(seen.left.count()) <
             part * static_cast<double>(seen.lease.duration.count());
}

}  // namespace

const Lease* lease_behind(const core::Lock& lock, const std::vector<Lease>& leases,
                          bool ignore_case) {
  const auto found = std::ranges::find_if(
      leases, [&](const Lease& lease) { return is_behind(lock, lease, ignore_case); });
  return found == leases.end() ? nullptr : &*found;
}

SyncPlan plan_sync(const SyncQuestion& question) {
  std::map<std::string, std::vector<const SeenLease*>> own;  // by path_form()
  for (const SeenLease& seen : question.seen.leases) {
    if (seen.lease.host == question.seen.self)
      own[core::path_form(seen.lease.path, question.ignore_case)].push_back(&seen);
  }
  SyncPlan plan;
  std::set<const Lease*> in_use;
  std::vector<const core::Lock*> wanted;
  for (const core::Lock& lock : question.locks) {
    if (!lock.live(question.now)) {
      if (lock.lease != 0) plan.known.push_back({lock.path, lock.generation, 0});
      continue;
    }
    const auto& leases = own[core::path_form(lock.path, question.ignore_case)];
    const auto behind = std::ranges::find_if(leases, [&](const SeenLease* seen) {
      return is_behind(lock, seen->lease, question.ignore_case);
    });
    if (behind != leases.end()) {
      in_use.insert(&(*behind)->lease);
      plan.renew |= is_due(**behind, question.renewed_at);
      const std::uint64_t generation = (*behind)->lease.generation.number;
      if (lock.lease != generation) plan.known.push_back({lock.path, lock.generation, generation});
    } else if (lock.lease != 0) {
      plan.gone.push_back(lock);
    } else {
      wanted.push_back(&lock);
    }
  }
  std::vector<const Lease*> idle;
  for (const SeenLease& seen : question.seen.leases) {
    if (seen.lease.host == question.seen.self && !in_use.contains(&seen.lease))
      idle.push_back(&seen.lease);
  }
  add_releases(idle, plan);
  add_acquisitions(question, wanted, plan);
  return plan;
}

}  // namespace gs::coordination
