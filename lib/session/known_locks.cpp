#include "lib/session/known_locks.h"

#include <algorithm>

#include "lib/coordination/lease_copy.h"
#include "lib/coordination/open_store.h"
#include "lib/session/shared_store.h"
#include "lib/state/locks.h"

namespace gs::session {

namespace {

coordination::KnownLeases leases_of(Session& session, std::span<const std::string> paths) {
  const git::Repository& repository = session.repository();
  return coordination::known_leases(
      coordination::coordination_folder(repository.layout().common_dir), paths,
      repository.ignore_case(), session.now());
}

core::LockTable with_foreign(Session& session, core::LockTable locks,
                             std::span<const std::string> paths) {
  if (!shares_locks(session)) return locks;
  core::LockTable foreign = leases_of(session, paths).foreign;
  std::move(foreign.begin(), foreign.end(), std::back_inserter(locks));
  return locks;
}

}  // namespace

bool shares_locks(Session& session) {
  return session.policy().coordination.store != core::Store::files && !works_alone(session);
}

core::LockTable known_locks(Session& session, std::span<const std::string> paths) {
  core::LockTable locks =
      state::read_locks_for(session.state(), paths, session.repository().ignore_case());
  return paths.empty() ? locks : with_foreign(session, std::move(locks), paths);
}

core::LockTable all_known_locks(Session& session) {
  return with_foreign(session, state::read_locks(session.state()), {});
}

std::optional<StaleLocks> stale_locks(Session& session, std::span<const std::string> paths) {
  if (paths.empty() || !shares_locks(session)) return std::nullopt;
  if (!session.repository().layout().worktree || !session.state().was_made()) return std::nullopt;
  const coordination::KnownLeases known = leases_of(session, paths);
  const bool ignore_case = session.repository().ignore_case();
  for (const coordination::Lease& lease : known.lapsed) {
    core::Lock lock;
    lock.path = lease.path;
    const auto on = std::ranges::find_if(
        paths, [&](const std::string& path) { return core::covers(lock, path, ignore_case); });
    if (on == paths.end()) continue;
    return StaleLocks{*on, "this clone's lease is over: another clone may have locked it since"};
  }
  if (!known.age)
    return StaleLocks{paths.front(),
                      "what other clones have locked is not known: the store was not asked since "
                      "this machine was started"};
  if (*known.age <= session.policy().lock_ttl) return std::nullopt;
  return StaleLocks{paths.front(), "what other clones have locked was last asked for " +
                                       core::format_duration(*known.age) + " ago"};
}

}  // namespace gs::session
