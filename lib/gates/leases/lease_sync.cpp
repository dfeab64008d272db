#include "lib/gates/leases/lease_sync.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <map>
#include <random>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>

#include "analyzers/ownership.h"
#include "lib/coordination/lease_copy.h"
#include "lib/coordination/open_store.h"
#include "lib/coordination/sync_plan.h"
#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/core/text.h"
#include "lib/gates/leases/shared_locks.h"
#include "lib/install/installation.h"
#include "lib/process/child.h"
#include "lib/session/known_locks.h"
#include "lib/session/shared_logs.h"
#include "lib/state/clock.h"
#include "lib/state/lock_leases.h"
#include "lib/state/locks.h"

namespace gs::gates {

namespace fs = std::filesystem;

namespace {

using coordination::AcquireRequest;
using coordination::ChangeOutcome;
using coordination::Lease;
using coordination::LeaseStore;

fs::path folder_of(const session::Session& session) {
  return coordination::coordination_folder(session.repository().layout().common_dir);
}

// The lock that a running sync holds; nothing while another one holds it, unless that is waited
// for.
state::Descriptor only_one(const fs::path& folder, bool wait) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) state::fail("make", folder, error.value());
  const fs::path file = folder / "sync.lock";
  state::Descriptor lock = state::open_file(file, O_RDWR | O_CREAT);
  if (!lock) state::fail("open", file, errno);
  while (flock(lock.get(), wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return {};
    state::fail("lock", file, errno);
  }
  futimens(lock.get(), nullptr);  // by which is_due() knows
  return lock;
}

class Sync {
 public:
  Sync(session::Session& session, LeaseStore& store) : session_(session), store_(store) {}

  SyncOutcome run() {
    // Locks are entered here before the store is asked: what it has, and is not locked here later
    // on, was given back.
    const coordination::SeenLeases seen = store_.read();
    const core::LockTable locks = state::read_locks(session_.state());
    const coordination::SyncPlan plan = coordination::plan_sync(
        {locks, seen, session_.now(), session_.policy().lock_ttl, renewed_at(), ignore_case_});
    for (const core::Lock& lock : locks) locks_[lock.path] = lock;
    state::note_leases(session_.state(), plan.known);
    lose_all(plan.gone);
    for (const coordination::ReleaseRequest& request : plan.release) release(request);
    for (const AcquireRequest& request : plan.acquire) acquire(request);
    // Any change renews all leases of this host.
    outcome_.renewed = plan.renew;
    if (plan.renew && !changed_) store_.change(coordination::RenewRequest{});
    exchange_logs();
    return std::move(outcome_);
  }

 private:
  // Not all hosts at the same time.
  static double renewed_at() {
    return 0.5 + static_cast<double>(std::random_device{}() % 100) / 1000;
  }

  // A lease that was noted after the store was read is in it by now.
  void lose_all(const core::LockTable& gone) {
    if (gone.empty()) return;
    const coordination::SeenLeases seen = store_.read();
    std::vector<Lease> own;
    for (const coordination::SeenLease& one : seen.leases)
      if (one.lease.host == seen.self) own.push_back(one.lease);
    for (const core::Lock& lock : gone)
      if (coordination::lease_behind(lock, own, ignore_case_) == nullptr)
        lose(lock, holder_of(lock.path, seen));
  }

  void release(const coordination::ReleaseRequest& request) {
    ChangeOutcome made = store_.change(request);
    changed_ |= !made.released.empty();
    std::move(made.released.begin(), made.released.end(), std::back_inserter(outcome_.released));
  }

  void acquire(AcquireRequest request) {
    const ChangeOutcome made = store_.change(request);
    if (made.held.empty()) return note(made);
    const coordination::SeenLeases seen = store_.local_copy();
    std::set<std::string> lost;
    for (const coordination::Obstacle& obstacle : made.held) {
      if (obstacle.lease.host == seen.self || !lost.insert(obstacle.path).second) continue;
      if (const auto lock = locks_.find(obstacle.path); lock != locks_.end())
        lose(lock->second, foreign_lock(obstacle.lease, left(obstacle.lease, seen)));
    }
    const std::size_t before = request.paths.size();
    std::erase_if(request.paths, [&](const std::string& path) { return lost.contains(path); });
    if (!request.paths.empty() && request.paths.size() < before) acquire(std::move(request));
  }

  void note(const ChangeOutcome& made) {
    changed_ = true;
    std::vector<Lease> leases = made.acquired;
    leases.insert(leases.end(), made.renewed.begin(), made.renewed.end());
    std::vector<state::LockLease> known;
    for (const auto& [path, lock] : locks_) {
      if (const Lease* lease = coordination::lease_behind(lock, leases, ignore_case_))
        known.push_back({path, lock.generation, lease->generation.number});
    }
    state::note_leases(session_.state(), known);
    outcome_.acquired.insert(outcome_.acquired.end(), made.acquired.begin(), made.acquired.end());
  }

  static core::Seconds left(const Lease& lease, const coordination::SeenLeases& seen) {
    const auto found = std::ranges::find(seen.leases, lease, &coordination::SeenLease::lease);
    return found == seen.leases.end() ? core::Seconds{0} : found->left;
  }

  // Another host's lease on a path.
  std::optional<core::Lock> holder_of(const std::string& path,
                                      const coordination::SeenLeases& seen) const {
    for (const coordination::SeenLease& one : seen.leases) {
      const bool same = core::same_path(one.lease.path, path, ignore_case_);
      if (same && one.standing == coordination::Standing::foreign)
        return foreign_lock(one.lease, one.left);
    }
    return std::nullopt;
  }

  bool is_told(const core::Lock& lock) const {
    const auto lines = state::read_actions(session_.state().activity(), "lost");
    return std::ranges::any_of(lines, [&](const state::LogLine& line) {
      return state::log_field(line.activity, "generation") == std::to_string(lock.generation) &&
             state::json_path_text(lock.path) ==
                 state::json_text(state::log_field(line.activity, "file"));
    });
  }

  // It may have been given back since the locks were read.
  bool is_here(const core::Lock& lock) const {
    const auto locks = state::read_locks_for(session_.state(), {&lock.path, 1}, ignore_case_);
    return std::ranges::any_of(locks, [&](const core::Lock& one) {
      return one.path == lock.path && one.generation == lock.generation;
    });
  }

  // Its agent is told by the logs, and refused by its next gate where another host has the lock.
  // Told before it is taken out: whoever is killed in between tells nobody twice.
  void lose(const core::Lock& lock, std::optional<core::Lock> by) {
    if (!is_here(lock)) return;
    if (!is_told(lock)) tell(lock, by);
    const auto released =
        state::release(session_.state(), {&lock.path, 1}, lock.agent, false, state::now());
    if (!released.released.empty()) outcome_.lost.push_back({lock, std::move(by)});
  }

  void tell(const core::Lock& lock, const std::optional<core::Lock>& by) {
    warn(lock, by,
         by ? analyzers::describe_hold(*by, state::now(), &state::offset_at)
            : "its lease is gone from the store");
    state::Activity line{state::now(), lock.agent, lock.stream, "lost", {}};
    line.fields.emplace_back("file", state::json_path_text(lock.path));
    line.fields.emplace_back("generation", std::to_string(lock.generation));
    if (by) line.fields.emplace_back("holder", state::json_text(by->agent));
    if (by) line.fields.emplace_back("host", state::json_text(by->host));
    state::append(session_.state().activity(), line);
  }

  void warn(const core::Lock& lock, const std::optional<core::Lock>& by, const std::string& why) {
    state::Activity line{state::now(), lock.agent, lock.stream, "", {}};
    const auto add = [&](const char* name, const std::string& text) {
      line.fields.emplace_back(name, state::json_text(text));
    };
    add("warning",
        core::quote_path(lock.path) + " - the lock of " + lock.agent + " is lost: " + why);
    add("severity", core::conflict_level_name(core::ConflictLevel::high).data());
    add("kind", core::conflict_kind_name(core::ConflictKind::locked).data());
    line.fields.emplace_back("path", state::json_path_text(lock.path));
    line.fields.emplace_back("line", "0");
    add("module", "");
    add("other_agent", by ? by->agent : "");
    state::append(session_.state().warnings(), line);
  }

  void exchange_logs() {
    outcome_.published = store_.publish();
    coordination::HostLog log = session::host_log(session_);
    outcome_.fetched = log.fetch(store_, state::now());
    outcome_.faults = log.state().faults;
  }

  session::Session& session_;
  LeaseStore& store_;
  const bool ignore_case_ = session_.repository().ignore_case();
  std::map<std::string, core::Lock> locks_;  // of this clone, by path
  bool changed_ = false;
  SyncOutcome outcome_;
};

void log_unreachable(session::Session& session, const core::Error& error) {
  state::append(session.state().activity(), {state::now(),
                                             session.named().name(),
                                             "",
                                             "unreachable",
                                             {{"error", state::json_text(error.what())}}});
}

}  // namespace

SyncOutcome sync_leases(session::Session& session, LeaseStore& store, bool wait) {
  const state::Descriptor lock = only_one(folder_of(session), wait);
  if (!lock) {
    SyncOutcome busy;
    busy.busy = true;
    return busy;
  }
  try {
    return Sync(session, store).run();
  } catch (const core::Error& error) {
    if (error.code() == core::ExitCode::unreachable) log_unreachable(session, error);
    throw;
  }
}

namespace {

// When one ran last, or was started to no avail: the times of its lock and of its log.
bool is_due(const fs::path& folder, core::Seconds interval) {
  return std::ranges::all_of(std::array{"sync.lock", "sync.log"}, [&](const char* name) {
    const auto stamp = platform::file_stamp(folder / name);
    if (!stamp) return true;
    const auto age = state::now() - core::Instant(core::Seconds(stamp->modified / 1'000'000'000));
    return age >= interval || age < core::Seconds{0};
  });
}

// A quarter of the shortest lease.
core::Seconds interval(session::Session& session) {
  const core::Seconds usual = session.policy().lock_ttl;
  const auto known = coordination::known_leases(folder_of(session), {}, false, session.now());
  return std::min(known.least.value_or(usual), usual) / 4;
}

process::Command sync_command(session::Session& session, bool wait) {
  const git::Layout& layout = session.repository().layout();
  process::Command command;
  command.argv = {install::own_program().string(), "sync"};
  if (wait) command.argv.emplace_back("--wait");
  command.directory = layout.worktree.value_or(layout.common_dir).string();
  command.unset = process::local_git_variables();
  return command;
}

void start(session::Session& session, const fs::path& log, bool wait) {
  process::Watch watch;
  watch.log = log;
  watch.fresh = true;
  process::run_detached(sync_command(session, wait), watch, [](const process::Ending&) {});
}

// Of what a command of ours says that has failed.
std::string first_line(std::string_view errors) {
  constexpr std::string_view kOurs = "git-stream: ";
  std::string_view line = core::take_part(errors, '\n');
  if (line.starts_with(kOurs)) line.remove_prefix(kOurs.size());
  return core::printable(line);
}

bool was_asked_lately(session::Session& session) {
  const auto known = coordination::known_leases(folder_of(session), {}, false, session.now());
  return known.age && *known.age < interval(session);
}

std::string not_synced(const std::string& why) {
  return "warning: not synced with other clones: " + why + "; next: git stream sync";
}

std::string sync_at_once(session::Session& session) {
  constexpr std::chrono::seconds kPatience{5};
  process::Command command = sync_command(session, true);
  command.limit = kPatience;
  const process::Result result = process::run(command);
  if (result.timed_out) {
    sync_soon(session);
    return "warning: the store of locks has not answered yet: a sync goes on in the background";
  }
  const int lost = static_cast<int>(core::ExitCode::findings);  // locks, and their agents are told
  if (result.status != 0 && result.status != lost) return not_synced(first_line(result.errors));
  return "synced locks and logs with other clones";
}

void start_after(session::Session& session, bool at_once) noexcept {
  try {
    if (session.policy().coordination.store == core::Store::files) return;
    const fs::path folder = folder_of(session), log = folder / "sync.log";
    if (!at_once && !is_due(folder, interval(session))) return;
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    start(session, log, at_once);
  } catch (const std::exception&) {
    // What is too old is said where it matters: by gates, and by status.
  }
}

}  // namespace

void sync_in_background(session::Session& session) noexcept {
  start_after(session, false);
}

void sync_soon(session::Session& session) noexcept {
  start_after(session, true);
}

std::optional<std::string> first_sync(session::Session& session) noexcept {
  try {
    const bool works_here = session.repository().layout().worktree.has_value();
    if (!works_here || !session::shares_locks(session) || was_asked_lately(session))
      return std::nullopt;
    return sync_at_once(session);
  } catch (const std::exception& error) {
    return not_synced(error.what());
  }
}

}  // namespace gs::gates
