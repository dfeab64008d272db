#include "lib/coordination/host_memory.h"

#include <algorithm>
#include <utility>

#include "lib/core/error.h"

namespace gs::coordination {

HostMemory in_boot(HostMemory memory, const std::string& boot) {
  if (memory.boot == boot && !boot.empty()) return memory;
  memory.boot = boot;
  memory.asked.reset();
  memory.seen.clear();
  for (Unanswered& change : memory.unanswered) change.asked.reset();
  return memory;
}

HistoryFault history_fault(const Snapshot& known, const Snapshot& read,
                           const std::optional<std::string>& before) {
  if (known.tip.empty() || known.tip == read.tip) return HistoryFault::none;
  if (read.tip.empty()) return HistoryFault::gone;
  if (known.table.store != read.table.store) return HistoryFault::other_store;
  if (read.table.last < known.table.last) return HistoryFault::goes_back;
  if (read.table.last == known.table.last) return HistoryFault::rewritten;
  return before && *before != known.tip ? HistoryFault::rewritten : HistoryFault::none;
}

namespace {

const LastChange* last_change(const LeaseTable& table, const HostId& host) {
  const auto found = table.hosts.find(host);
  return found == table.hosts.end() ? nullptr : &found->second;
}

// Whether the store may have forgotten the host after it made this change.
bool may_be_forgotten(const Unanswered& change, const LeaseTable& table) {
  return table.last.number > change.number.number + kHostsKept;
}

void settle_unanswered(Settled& settled, const Snapshot& snapshot) {
  HostMemory& memory = settled.memory;
  const LastChange* const last = last_change(snapshot.table, memory.self);
  for (Unanswered& change : std::exchange(memory.unanswered, {})) {
    if (last != nullptr && last->nonce == change.nonce) {
      memory.last = change.nonce;
      memory.asked = change.asked;
      settled.made.push_back(std::move(change));
    } else if (change.base == snapshot.tip) {
      memory.unanswered.push_back(std::move(change));
    } else if (last == nullptr && may_be_forgotten(change, snapshot.table)) {
      settled.uncertain.push_back(std::move(change));
    }
  }
}

void become(HostMemory& memory, const HostId& fresh) {
  memory.self = fresh;
  memory.last = {};
  memory.asked.reset();
  memory.unanswered.clear();
}

}  // namespace

Settled settle(HostMemory memory, const Snapshot& snapshot, BootTime now, const HostId& fresh) {
  Settled settled{std::move(memory), {}, {}, false};
  settle_unanswered(settled, snapshot);
  const LastChange* const last = last_change(snapshot.table, settled.memory.self);
  settled.copied = last != nullptr && last->nonce != settled.memory.last;
  if (settled.copied) become(settled.memory, fresh);
  settled.memory.seen = sightings_of(snapshot.table, settled.memory.seen, now);
  settled.memory.known = snapshot;
  return settled;
}

Attempt attempt(HostMemory memory, const ChangeRequest& request, const Nonce& nonce, BootTime asked,
                BootTime now) {
  Proposal proposal = propose(memory.known.table, request, {memory.self, nonce, memory.seen, now});
  if (!proposal.changed) return {std::move(memory), std::move(proposal)};
  if (memory.unanswered.size() >= kMostUnanswered)
    throw core::Error(core::ExitCode::broken,
                      "cannot change the leases: the store has not answered " +
                          std::to_string(kMostUnanswered) + " times");
  Unanswered change{nonce, memory.known.tip, proposal.table.last, asked, proposal.outcome, {}};
  if (const auto* const acquire = std::get_if<AcquireRequest>(&request)) {
    change.agent = acquire->agent;
  } else if (const auto* const release = std::get_if<ReleaseRequest>(&request)) {
    change.agent = release->agent;
    change.forced = release->force;
    change.reason = release->reason;
  }
  memory.unanswered.push_back(std::move(change));
  return {std::move(memory), std::move(proposal)};
}

namespace {

// Asked to be released: it may be somebody else's by now.
bool is_given_up(const HostMemory& memory, const Lease& lease) {
  return std::any_of(memory.unanswered.begin(), memory.unanswered.end(), [&](const auto& change) {
    const std::vector<Lease>& released = change.outcome.released;
    return std::any_of(released.begin(), released.end(), [&](const Lease& one) {
      return one.path == lease.path && one.generation == lease.generation;
    });
  });
}

}  // namespace

std::vector<Lease> held(const HostMemory& memory, BootTime now) {
  std::vector<Lease> leases;
  if (!memory.asked) return leases;
  for (const Lease& lease : memory.known.table.leases) {
    if (lease.host == memory.self && now < *memory.asked + lease.duration &&
        !is_given_up(memory, lease))
      leases.push_back(lease);
  }
  return leases;
}

}  // namespace gs::coordination
