#include "lib/coordination/rules.h"

#include <algorithm>
#include <set>

#include "lib/core/error.h"
#include "lib/core/path_form.h"
#include "lib/state/lock_table.h"

namespace gs::coordination {

Sightings sightings_of(const LeaseTable& table, const Sightings& before, BootTime now) {
  Sightings seen;
  for (const auto& [host, last] : table.hosts) {
    const auto old = before.find(host);
    const bool known = old != before.end() && old->second.number == last.number;
    seen[host] = known ? old->second : Sighting{last.number, now};
  }
  return seen;
}

BootTime observed_duration(core::Seconds duration) {
  // adjtimex(2) slews a clock by 500 parts in a million at most; a virtual machine's may do worse.
  constexpr int kPart = 100;
  return duration + duration / kPart + core::Seconds{1};
}

bool is_over(const Lease& lease, const Sightings& seen, BootTime now) {
  const auto found = seen.find(lease.host);
  return found != seen.end() && now >= found->second.first_seen + observed_duration(lease.duration);
}

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw core::Error(core::ExitCode::broken, "cannot change the leases: " + why);
}

bool is_own(const Lease& lease, const Proposer& who, const std::string& agent) {
  return lease.host == who.host && core::same_holder(lease.agent, agent);
}

// Those of hosts without leases stay for a while: by them a host that got no answer learns that its
// last change was made.
void forget_idle_hosts(LeaseTable& table) {
  std::set<HostId> holders;
  for (const Lease& lease : table.leases) holders.insert(lease.host);
  std::erase_if(table.hosts, [&](const auto& entry) {
    return !holders.contains(entry.first) &&
           table.last.number - entry.second.number.number > kHostsKept;
  });
}

Generation next(const LeaseTable& table) {
  if (table.last >= kLastGeneration) refuse("the generations are used up");
  return {table.last.number + 1};
}

// Every change of a host renews its leases.
void sign(Proposal& proposal, const Proposer& who) {
  proposal.changed = true;
  proposal.table.last = next(proposal.table);
  proposal.table.hosts[who.host] = {proposal.table.last, who.nonce};
  forget_idle_hosts(proposal.table);
}

// ---- Acquiring.

std::vector<std::string> without_repeats(const AcquireRequest& request) {
  std::vector<std::string> paths;
  std::set<std::string> known;
  for (const std::string& path : request.paths)
    if (known.insert(core::path_form(path, request.ignore_case)).second) paths.push_back(path);
  return paths;
}

void renew_own(Lease& lease, const AcquireRequest& request) {
  lease.duration = std::max(lease.duration, request.duration);
  if (!request.reason.empty()) lease.reason = request.reason;
  lease.automatic = lease.automatic && request.automatic;
}

// What of the table stays, with the holder's own renewed; and which paths are the holder's already.
struct Sorted {
  std::vector<Lease> staying;
  std::vector<bool> owned;  // of the wanted paths
};

Sorted sort_leases(const LeaseTable& table, const AcquireRequest& request,
                   const std::vector<std::string>& paths, const Proposer& who,
                   ChangeOutcome& outcome) {
  const state::CollisionIndex index(paths, request.ignore_case);
  Sorted sorted{{}, std::vector<bool>(paths.size())};
  for (Lease lease : table.leases) {
    const std::vector<std::size_t> hits = index.colliding(lease.path);
    if (hits.empty()) {
      sorted.staying.push_back(std::move(lease));
    } else if (is_own(lease, who, request.agent)) {
      const auto same = std::find_if(hits.begin(), hits.end(), [&](std::size_t hit) {
        return index.same(paths[hit], lease.path);
      });
      if (same != hits.end()) {
        sorted.owned[*same] = true;
        renew_own(lease, request);
        outcome.renewed.push_back(lease);
      }
      sorted.staying.push_back(std::move(lease));
    } else if (is_over(lease, who.seen, who.now)) {
      outcome.expired.push_back(std::move(lease));
    } else {
      for (const std::size_t hit : hits) outcome.held.push_back({paths[hit], lease});
    }
  }
  return sorted;
}

Proposal change(const LeaseTable& table, const AcquireRequest& request, const Proposer& who) {
  Proposal proposal{table, {}, false};
  const std::vector<std::string> paths = without_repeats(request);
  Sorted sorted = sort_leases(table, request, paths, who, proposal.outcome);
  if (!proposal.outcome.held.empty()) {
    proposal.outcome = {{}, {}, {}, {}, std::move(proposal.outcome.held), {}};
    return proposal;
  }
  const Generation generation = next(table);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (sorted.owned[i]) continue;
    proposal.outcome.acquired.push_back({paths[i], request.stream, request.agent, request.reason,
                                         who.host, generation, request.duration,
                                         request.automatic});
  }
  const std::vector<Lease>& acquired = proposal.outcome.acquired;
  if (sorted.staying.size() + acquired.size() > kMostLeases)
    refuse("there are " + std::to_string(sorted.staying.size()) + " already");
  proposal.table.leases = std::move(sorted.staying);
  proposal.table.leases.insert(proposal.table.leases.end(), acquired.begin(), acquired.end());
  if (!paths.empty()) sign(proposal, who);
  return proposal;
}

// ---- Renewing and releasing.

Proposal change(const LeaseTable& table, const RenewRequest& /*request*/, const Proposer& who) {
  Proposal proposal{table, {}, false};
  for (const Lease& lease : table.leases)
    if (lease.host == who.host) proposal.outcome.renewed.push_back(lease);
  if (!proposal.outcome.renewed.empty()) sign(proposal, who);
  return proposal;
}

Proposal change(const LeaseTable& table, const ReleaseRequest& request, const Proposer& who) {
  Proposal proposal{table, {}, false};
  ChangeOutcome& outcome = proposal.outcome;
  std::set<LeaseName> wanted(request.leases.begin(), request.leases.end());
  std::vector<Lease> staying;
  for (const Lease& lease : table.leases) {
    const bool asked = wanted.erase({lease.path, lease.generation}) > 0;
    if (!asked) {
      staying.push_back(lease);
    } else if (request.force || is_own(lease, who, request.agent)) {
      outcome.released.push_back(lease);
    } else {
      outcome.held.push_back({lease.path, lease});
    }
  }
  outcome.gone.assign(wanted.begin(), wanted.end());
  if (!outcome.held.empty()) {
    outcome.released.clear();
    return proposal;
  }
  if (outcome.released.empty()) return proposal;
  proposal.table.leases = std::move(staying);
  sign(proposal, who);
  return proposal;
}

}  // namespace

Proposal propose(const LeaseTable& table, const ChangeRequest& request, const Proposer& who) {
  return std::visit([&](const auto& asked) { return change(table, asked, who); }, request);
}

}  // namespace gs::coordination
