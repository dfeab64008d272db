#include "lib/gates/leases/pushed_leases.h"

#include <algorithm>
#include <map>

#include "analyzers/judge.h"
#include "lib/coordination/git/git_store.h"
#include "lib/coordination/open_store.h"
#include "lib/coordination/sync_plan.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/gates/leases/lease_index.h"
#include "lib/state/locks.h"

namespace gs::gates {

namespace {

using coordination::AcquireRequest;
using coordination::Lease;
using coordination::LeaseName;
using coordination::SeenLease;
using coordination::SeenLeases;
using coordination::Standing;

std::vector<Lease> leases_in(const SeenLeases& seen) {
  std::vector<Lease> leases;
  leases.reserve(seen.leases.size());
  for (const SeenLease& one : seen.leases) leases.push_back(one.lease);
  return leases;
}

core::LockTable live_locks(session::Session& session) {
  core::LockTable locks = state::read_locks(session.state());
  std::erase_if(locks, [&](const core::Lock& lock) { return !lock.live(session.now()); });
  return locks;
}

std::string wait_option(core::Seconds left) {
  return core::format_duration_option(left + core::Seconds{60});
}

// Calls `each` with what the work of one ref changes, commit by commit.
template <class Each>
void each_change(session::Session& session, const PushedWork& work, const Each& each) {
  session.act_as(work.who);
  for (const git::Commit& commit : work.commits) {
    OwnChanges changes(session, commit);
    for (const core::Change& change : changes.all()) each(commit, change, changes);
  }
}

// One pass over the work, with what is leased and locked.
class NeedsSearch {
 public:
  NeedsSearch(session::Session& session, const SeenLeases& seen)
      : session_(session),
        seen_(seen),
        ignore_case_(session.repository().ignore_case()),
        leases_(leases_in(seen), ignore_case_),
        local_(live_locks(session)),
        locks_(local_, ignore_case_) {}

  LeaseNeeds run(const std::vector<PushedWork>& work) {
    for (const PushedWork& one : work) {
      MovesVerdict verdict{one.who, {}, {}};
      each_change(session_, one, [&](const auto& commit, const auto& change, auto& changes) {
        look_at(one.who, commit, change, changes, verdict);
      });
      if (!verdict.findings.empty()) needs_.refused.push_back(std::move(verdict));
    }
    return std::move(needs_);
  }

 private:
  void look_at(const core::Identity& who, const git::Commit& commit, const core::Change& change,
               OwnChanges& changes, MovesVerdict& verdict) {
    const SeenLease *own = nullptr, *foreign = nullptr, *over = nullptr;
    for (const std::size_t hit : leases_.on(change.path)) {
      const SeenLease& one = seen_.leases[hit];
      if (one.standing == Standing::foreign) foreign = &one;
      if (one.standing == Standing::over) over = &one;
      if (one.lease.host == seen_.self) own = &one;
    }
    const auto local = locks_.on(change.path);
    if (own == nullptr && foreign == nullptr && over == nullptr && local.empty()) return;
    if (!changes.is_own(change)) return;
    if (foreign != nullptr) {
      refuse(*foreign, commit, change.path, verdict);
    } else if (own != nullptr) {
      add_own({own->lease.path, own->lease.generation});
    } else if (!local.empty()) {
      const core::Lock& lock = *local.front();
      if (lock.lease != 0) return refuse_lost(lock, commit, change.path, verdict);
      ask_for(lock.path, lock.agent, lock.stream, lock.task);
    } else {
      const core::Identity& holder = who.outsider() ? session_.named() : who;
      ask_for(change.path, holder.name(), holder.stream ? holder.stream->str() : "", {});
    }
  }

  // Somebody may have had it since, and changed what it is on.
  void refuse_lost(const core::Lock& lock, const git::Commit& commit, const std::string& path,
                   MovesVerdict& verdict) const {
    auto found =
        analyzers::finding(core::Rule::lock, session_.policy().rules.lock, path,
                           "the lease of " + core::printable(lock.agent) + " is gone (generation " +
                               std::to_string(lock.lease) + ")",
                           "git stream sync; then, if nothing stands against it: git stream lock " +
                               core::quote_shell(lock.path));
    if (found) verdict.findings.push_back({std::move(*found), commit.id});
  }

  void refuse(const SeenLease& seen, const git::Commit& commit, const std::string& path,
              MovesVerdict& verdict) const {
    auto found = analyzers::finding(core::Rule::lock, session_.policy().rules.lock, path,
                                    "is leased to " + describe_lease(seen.lease),
                                    "git stream lock --wait " + wait_option(seen.left) + " " +
                                        core::quote_shell(core::literal_pattern(path)));
    if (found) verdict.findings.push_back({std::move(*found), commit.id});
  }

  void add_own(LeaseName name) {
    if (std::ranges::find(needs_.own, name) == needs_.own.end())
      needs_.own.push_back(std::move(name));
  }

  void ask_for(const std::string& path, const std::string& agent, const std::string& stream,
               const std::string& task) {
    auto found = std::ranges::find(needs_.missing, agent, &AcquireRequest::agent);
    if (found == needs_.missing.end()) {
      AcquireRequest request;
      request.agent = agent;
      request.stream = stream;
      request.reason = task;
      request.duration = session_.policy().lock_ttl;
      request.automatic = true;
      request.ignore_case = ignore_case_;
      found = needs_.missing.insert(found, std::move(request));
    }
    if (std::ranges::find(found->paths, path) == found->paths.end()) found->paths.push_back(path);
  }

  session::Session& session_;
  const SeenLeases& seen_;
  bool ignore_case_;
  LeaseIndex leases_;
  core::LockTable local_;
  core::LockIndex locks_;
  LeaseNeeds needs_;
};

}  // namespace

std::vector<PushedWork> pushed_work(session::Session& session, const std::vector<RefMove>& moves,
                                    const MoverOf& who) {
  const core::Identity before = session.identity();
  const JudgedElsewhere known(session);
  std::vector<PushedWork> work;
  for (const RefMove& move : moves) {
    const core::Identity mover = who(move);
    work.push_back({move, mover, unjudged_commits(session, known, move, mover)});
  }
  session.act_as(before);
  return work;
}

void take_out_store_refs(std::vector<RefMove>& moves) {
  std::erase_if(moves, [](const RefMove& move) { return coordination::is_store_ref(move.ref); });
}

LeaseNeeds lease_needs(session::Session& session, const std::vector<PushedWork>& work,
                       const SeenLeases& seen) {
  const core::Identity before = session.identity();
  LeaseNeeds needs = NeedsSearch(session, seen).run(work);
  session.act_as(before);
  return needs;
}

namespace {

// Whether this clone has ever read a table.
bool knows_leases(session::Session& session) {
  const auto folder = coordination::coordination_folder(session.repository().layout().common_dir);
  const auto memory = coordination::MemoryFile(folder).peek();
  return memory && !memory->host.known.tip.empty();
}

// The command that pushes what can be pushed; empty: nothing can.
std::string push_command(const std::vector<const PushedWork*>& free) {
  if (free.empty()) return {};
  std::string command = "git push " + core::quote_shell(free.front()->move.remote);
  for (const PushedWork* const one : free) {
    const std::string source = one->move.after ? one->move.source : "";
    command += ' ' + core::quote_shell(source + ':' + one->move.ref);
  }
  return command;
}

}  // namespace

std::vector<MovesVerdict> needs_unasked(session::Session& session,
                                        const std::vector<PushedWork>& work, const SeenLeases& seen,
                                        const core::Error& why) {
  const core::Identity before = session.identity();
  const bool known = knows_leases(session);
  const bool ignore_case = session.repository().ignore_case();
  const LeaseIndex leases(leases_in(seen), ignore_case);
  const core::LockTable local = live_locks(session);
  const core::LockIndex locks(local, ignore_case);
  const std::string message = std::string(known ? "is leased" : "may be leased") +
                              ", and the leases cannot be checked: " + why.what();
  std::vector<MovesVerdict> verdicts;
  std::vector<const PushedWork*> free;
  for (const PushedWork& one : work) {
    MovesVerdict verdict{one.who, {}, {}};
    each_change(session, one, [&](const auto& commit, const auto& change, auto& changes) {
      const bool hit = !known || !leases.on(change.path).empty() || !locks.on(change.path).empty();
      if (!hit || !changes.is_own(change)) return;
      auto found =
          analyzers::finding(core::Rule::lock, session.policy().rules.lock, change.path, message);
      if (found) verdict.findings.push_back({std::move(*found), commit.id});
    });
    if (verdict.findings.empty()) {
      free.push_back(&one);
    } else {
      verdicts.push_back(std::move(verdict));
    }
  }
  session.act_as(before);
  const std::string command = push_command(free);
  for (MovesVerdict& verdict : verdicts) {
    for (LocatedFinding& located : verdict.findings)
      located.finding.hint = command.empty() ? why.hint() : command;
  }
  return verdicts;
}

void note_known_leases(session::Session& session, const coordination::LeaseStore& store) {
  const core::LockTable locks = state::read_locks(session.state());
  const SeenLeases seen = store.local_copy();
  coordination::SyncQuestion question{locks, seen, session.now()};
  question.ignore_case = session.repository().ignore_case();
  state::note_leases(session.state(), coordination::plan_sync(question).known);
}

std::vector<MovesVerdict> judge_leases(session::Session& session,
                                       const std::vector<PushedWork>& work,
                                       coordination::LeaseStore& store,
                                       const std::optional<core::Error>& failed) {
  if (failed) return needs_unasked(session, work, store.local_copy(), *failed);
  LeaseNeeds needs = lease_needs(session, work, store.local_copy());
  if (!needs.refused.empty()) return std::move(needs.refused);
  bool held = false;
  try {
    for (const AcquireRequest& request : needs.missing)
      held = !store.change(request).held.empty() || held;
  } catch (const core::Error& error) {
    return needs_unasked(session, work, store.local_copy(), error);
  }
  if (!needs.missing.empty()) note_known_leases(session, store);
  if (!held) return {};
  return lease_needs(session, work, store.local_copy()).refused;
}

}  // namespace gs::gates
