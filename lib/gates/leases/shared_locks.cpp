#include "lib/gates/leases/shared_locks.h"

#include <algorithm>
#include <map>
#include <random>
#include <unistd.h>

#include "lib/coordination/memory_file.h"
#include "lib/coordination/open_store.h"
#include "lib/coordination/sync_plan.h"
#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/gates/reporting.h"
#include "lib/session/shared_store.h"
#include "lib/state/clock.h"
#include "lib/state/lock_leases.h"

namespace gs::gates {

namespace {

using coordination::ChangeOutcome;
using coordination::Lease;
using coordination::LeaseName;
using coordination::LeaseStore;
using state::LockOutcome;
using state::LockRequest;

// How long leases are still to be let alone, as the store was read last.
std::map<LeaseName, core::Seconds> times_left(const LeaseStore& store) {
  std::map<LeaseName, core::Seconds> left;
  for (const coordination::SeenLease& seen : store.local_copy().leases)
    left[{seen.lease.path, seen.lease.generation}] = seen.left;
  return left;
}

std::vector<state::Held> held_there(const LeaseStore& store, const ChangeOutcome& outcome) {
  const auto left = times_left(store);
  std::vector<state::Held> held;
  for (const coordination::Obstacle& obstacle : outcome.held) {
    const auto found = left.find({obstacle.lease.path, obstacle.lease.generation});
    held.push_back(
        {obstacle.path, foreign_lock(obstacle.lease, found == left.end() ? obstacle.lease.duration
                                                                         : found->second)});
  }
  return held;
}

coordination::AcquireRequest lease_request(const LockRequest& request) {
  return {request.paths, request.stream,    request.agent,      request.task,
          request.ttl,   request.automatic, request.ignore_case};
}

// What is left of leases of this host whose locks have ended here: nobody has asked for their
// release yet. Whether there were any.
bool release_remains(LeaseStore& store, const ChangeOutcome& outcome) {
  const coordination::HostId self = store.local_copy().self;
  std::map<std::string, std::vector<LeaseName>> remains;  // by agent
  for (const coordination::Obstacle& obstacle : outcome.held) {
    const Lease& lease = obstacle.lease;
    if (lease.host == self) remains[lease.agent].push_back({lease.path, lease.generation});
  }
  for (const auto& [agent, leases] : remains)
    store.change(coordination::ReleaseRequest{leases, agent, false, {}});
  return !remains.empty();
}

void give_back(session::Session& session, const core::LockTable& taken) {
  if (taken.empty()) return;
  std::vector<std::string> paths;
  for (const core::Lock& lock : taken) paths.push_back(lock.path);
  state::release(session.state(), paths, taken.front().agent, false, state::now());
}

// Notes which leases stand behind the locks.
void note(session::Session& session, const ChangeOutcome& outcome, bool ignore_case,
          core::LockTable& locks) {
  std::vector<Lease> leases = outcome.acquired;
  leases.insert(leases.end(), outcome.renewed.begin(), outcome.renewed.end());
  std::vector<state::LockLease> known;
  for (core::Lock& lock : locks) {
    const Lease* lease = coordination::lease_behind(lock, leases, ignore_case);
    if (lease == nullptr) continue;
    lock.lease = lease->generation.number;
    known.push_back({lock.path, lock.generation, lock.lease});
  }
  state::note_leases(session.state(), known);
}

// What stands in the way in the store; nothing: the locks in `here` are this host's there, too.
std::vector<state::Held> confirm(session::Session& session, LeaseStore& store,
                                 const LockRequest& request, LockOutcome& here) {
  try {
    ChangeOutcome outcome = store.change(lease_request(request));
    if (release_remains(store, outcome)) outcome = store.change(lease_request(request));
    if (outcome.held.empty()) {
      note(session, outcome, request.ignore_case, here.taken);
      note(session, outcome, request.ignore_case, here.renewed);
      return {};
    }
    give_back(session, here.taken);
    return held_there(store, outcome);
  } catch (...) {
    give_back(session, here.taken);
    throw;
  }
}

// Those that the store has are in the log with its change.
void log_here(session::Session& session, LockOutcome outcome) {
  std::erase_if(outcome.taken, [](const core::Lock& lock) { return lock.lease != 0; });
  log_locks(session, outcome);
}

// Between two tries at what another host holds, where the store does not tell of changes.
core::Seconds pause() {
  return core::Seconds(3 + std::random_device{}() % 4);
}

LockOutcome try_acquire(session::Session& session, const LockRequest& request,
                        std::optional<core::Instant> deadline) {
  return deadline ? state::acquire_waiting(session.state(), request, *deadline)
                  : state::acquire(session.state(), request, state::now());
}

}  // namespace

core::Lock foreign_lock(const Lease& lease, core::Seconds left) {
  core::Lock lock{lease.path, lease.agent, lease.stream, {}, state::now() + left, lease.reason};
  lock.generation = lock.lease = lease.generation.number;
  lock.automatic = lease.automatic;
  lock.host = lease.host.str();
  return lock;
}

LockOutcome acquire_shared(session::Session& session, const LockRequest& request,
                           std::optional<core::Instant> deadline) {
  const auto store = session::shared_store(session, isatty(STDIN_FILENO) == 1);
  for (;;) {
    LockOutcome here = try_acquire(session, request, deadline);
    if (store != nullptr && here.held.empty()) {
      LockOutcome refused;
      refused.held = confirm(session, *store, request, here);
      const core::Seconds wait = pause();
      if (!refused.held.empty()) {
        if (!deadline || state::now() + wait > *deadline) return refused;
        store->wait_for_change(wait);
        continue;
      }
    }
    log_here(session, here);
    return here;
  }
}

namespace {

// In the store: those behind which there was one of these locks, and with force those on these
// paths.
void release_there(session::Session& session, LeaseStore& store, const SharedRelease& request,
                   const core::LockTable& released) {
  const bool ignore_case = session.repository().ignore_case();
  std::map<std::string, std::vector<LeaseName>> own;  // by agent
  const coordination::SeenLeases seen = store.local_copy();
  for (const coordination::SeenLease& one : seen.leases) {
    const Lease& lease = one.lease;
    const bool behind =
        lease.host == seen.self && std::ranges::any_of(released, [&](const core::Lock& lock) {
          return core::same_path(lock.path, lease.path, ignore_case) &&
                 core::same_holder(lock.agent, lease.agent);
        });
    if (behind) own[lease.agent].push_back({lease.path, lease.generation});
  }
  const std::string me = session.identity().name();
  for (const auto& [agent, leases] : own) {
    const bool stolen = request.force && !core::same_holder(agent, me);
    store.change(coordination::ReleaseRequest{leases, stolen ? me : agent, stolen, request.reason});
  }
}

// Of other hosts, on paths of which this one has no lock: taken with force, and otherwise told.
void release_foreign(session::Session& session, LeaseStore& store, const SharedRelease& request,
                     state::ReleaseOutcome& outcome) {
  if (outcome.unknown.empty()) return;
  const bool ignore_case = session.repository().ignore_case();
  const coordination::SeenLeases seen = request.force ? store.read() : store.local_copy();
  std::vector<LeaseName> taken;
  std::erase_if(outcome.unknown, [&](const std::string& path) {
    const auto found = std::ranges::find_if(seen.leases, [&](const coordination::SeenLease& one) {
      return one.lease.host != seen.self && core::same_path(one.lease.path, path, ignore_case);
    });
    if (found == seen.leases.end()) return false;
    core::Lock lock = foreign_lock(found->lease, found->left);
    if (request.force) {
      taken.push_back({found->lease.path, found->lease.generation});
      outcome.released.push_back(std::move(lock));
    } else {
      outcome.foreign.push_back({path, std::move(lock)});
    }
    return true;
  });
  if (!taken.empty())
    store.change(
        coordination::ReleaseRequest{taken, session.identity().name(), true, request.reason});
}

void log_released(session::Session& session, const core::Lock& lock, const std::string& reason) {
  if (lock.lease != 0) return;  // it is in the log with the store's change
  std::vector<std::pair<std::string, std::string>> fields{
      {"file", state::json_path_text(lock.path)}};
  if (lock.is_of(session.identity().name())) return session.log("released", std::move(fields));
  fields.emplace_back("holder", state::json_text(lock.agent));
  if (!lock.live(session.now())) return session.log("expired", std::move(fields));
  fields.emplace_back("reason", state::json_text(reason));
  session.log("stolen", std::move(fields));
}

}  // namespace

SharedReleaseOutcome release_shared(session::Session& session, const SharedRelease& request) {
  SharedReleaseOutcome outcome;
  outcome.locks = state::release(session.state(), request.paths, session.identity().name(),
                                 request.force, session.now(), session.repository().ignore_case());
  for (const core::Lock& lock : outcome.locks.released) log_released(session, lock, request.reason);
  try {
    const auto store = session::shared_store(session, isatty(STDIN_FILENO) == 1);
    if (store == nullptr) return outcome;
    release_there(session, *store, request, outcome.locks.released);
    release_foreign(session, *store, request, outcome.locks);
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::unreachable) throw;
    outcome.store = error;
  }
  return outcome;
}

std::vector<Lease> own_leases(const session::Session& session) {
  const coordination::MemoryFile file(
      coordination::coordination_folder(session.repository().layout().common_dir));
  const auto memory = file.peek();
  std::vector<Lease> own;
  if (!memory) return own;
  const coordination::HostId& self = memory->host.self;
  std::ranges::copy_if(memory->host.known.table.leases, std::back_inserter(own),
                       [&](const Lease& lease) { return lease.host == self; });
  return own;
}

void release_own_leases(session::Session& session) {
  const auto store = session::shared_store(session);
  if (store == nullptr)
    throw core::Error(core::ExitCode::unreachable, "the policy names no store of locks any more");
  const coordination::SeenLeases seen = store->read();
  std::map<std::string, std::vector<LeaseName>> own;  // by agent
  for (const coordination::SeenLease& one : seen.leases)
    if (one.lease.host == seen.self)
      own[one.lease.agent].push_back({one.lease.path, one.lease.generation});
  for (const auto& [agent, leases] : own)
    store->change(coordination::ReleaseRequest{leases, agent, false, {}});
}

}  // namespace gs::gates
