#include "lib/store/locks.h"

#include <algorithm>

#include "lib/core/ids.h"
#include "lib/core/pattern.h"
#include "lib/store/atomic_file.h"
#include "lib/store/clock.h"
#include "lib/store/collisions.h"
#include "lib/store/exclusive.h"
#include "lib/store/json_cursor.h"
#include "lib/store/lock_attempt.h"
#include "lib/store/lock_file.h"
#include "lib/store/lock_scan.h"
#include "lib/store/lock_seal.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace {

// A lock that is no pattern covers its path and what lies below.
bool may_cover(const core::Lock& lock, std::span<const std::string> paths,
               const CollisionIndex& names) {
  if (core::is_pattern(lock.path)) return true;
  return std::any_of(paths.begin(), paths.end(), [&](std::string_view path) {
    if (path.size() < lock.path.size()) return false;
    const bool ends = path.size() == lock.path.size() || path[lock.path.size()] == '/';
    return ends && names.same(path.substr(0, lock.path.size()), lock.path);
  });
}

// The lock file's bytes, and whether we wrote them.
struct LockText {
  platform::Mapping file;
  bool sealed;
};

std::optional<LockText> map_locks(const StateDir& state) {
  if (!state_exists(state)) return std::nullopt;
  const Descriptor descriptor = open_state_file(state.locks());
  if (!descriptor) return std::nullopt;
  auto mapping = map_state_file(descriptor, state.locks(), kStateLimit);
  const auto mark = platform::file_mark(descriptor);
  return LockText{std::move(mapping), mark && is_sealed(state, *mark)};
}

}  // namespace

core::LockTable read_locks(const StateDir& state) {
  const std::optional<LockText> text = map_locks(state);
  if (!text) return {};
  if (auto locks = scan_all_locks(text->file.bytes())) return std::move(*locks);
  return load_lock_file(state).table();
}

core::LockTable read_locks_for(const StateDir& state, std::span<const std::string> paths,
                               bool ignore_case) {
  if (!ignore_case) {
    const std::optional<LockText> text = map_locks(state);
    if (!text) return {};
    const WantedPaths wanted(paths);
    const std::string_view bytes = text->file.bytes();
    if (auto locks = text->sealed ? find_locks(bytes, wanted) : std::nullopt)
      return std::move(*locks);
    if (auto locks = scan_locks(bytes, wanted)) return std::move(*locks);
  }
  core::LockTable locks = read_locks(state);
  const CollisionIndex names({}, ignore_case);
  std::erase_if(locks, [&](const core::Lock& lock) { return !may_cover(lock, paths, names); });
  return locks;
}

LockOutcome acquire(const StateDir& state, const LockRequest& request, core::Instant now) {
  const ExclusiveState exclusive(state);
  LockFile file = load_lock_file(state);
  Attempt attempt = try_acquire(file, request, now);
  if (attempt.changed) save_lock_file(state, std::move(file));
  return std::move(attempt.outcome);
}

ReleaseOutcome release(const StateDir& state, std::span<const std::string> paths,
                       const std::string& agent, bool force, core::Instant now) {
  const ExclusiveState exclusive(state);
  LockFile file = load_lock_file(state);
  ReleaseOutcome outcome;
  std::vector<std::string> unknown(paths.begin(), paths.end());
  const auto leaves = [&](const core::Lock& lock) {
    const bool own = core::same_holder(lock.agent, agent);
    if (paths.empty()) return own;
    if (std::erase(unknown, lock.path) == 0) return false;
    if (own || force || !lock.live(now)) return true;
    outcome.foreign.push_back({lock.path, lock});
    return false;
  };
  std::vector<LockEntry> kept;
  for (LockEntry& entry : file.entries) {
    if (leaves(entry.lock)) {
      outcome.released.push_back(entry.lock);
    } else {
      kept.push_back(std::move(entry));
    }
  }
  for (const std::string& path : unknown) {
    const auto& listed = outcome.unknown;
    if (std::find(listed.begin(), listed.end(), path) == listed.end()) {
      outcome.unknown.push_back(path);
    }
  }
  if (!outcome.foreign.empty()) {
    outcome.released.clear();
    return outcome;
  }
  file.entries = std::move(kept);
  if (!outcome.released.empty()) save_lock_file(state, std::move(file));
  return outcome;
}

namespace {

// A lock that has lapsed is only brought back when nobody else has taken its paths since.
bool taken_by_another(const LockFile& file, const core::Lock& lapsed, core::Instant now) {
  const CollisionIndex index(std::span(&lapsed.path, 1), false);
  return std::any_of(file.entries.begin(), file.entries.end(), [&](const LockEntry& entry) {
    return entry.lock.live(now) && !core::same_holder(entry.lock.agent, lapsed.agent) &&
           !index.colliding(entry.lock.path).empty();
  });
}

// Every commit asks, and few hold locks.
bool holds_none(const StateDir& state, const std::string& agent) {
  const std::optional<LockText> text = map_locks(state);
  if (!text) return true;
  const auto own = scan_leases(text->file.bytes(), agent);
  return own && own->empty();
}

// Writes the new end over the old one and leaves all else as it is, which takes a fiftieth of the
// time of reading and writing every lock. Nothing where that is not enough.
std::optional<std::vector<core::Lock>> renew_in_place(const StateDir& state,
                                                      const std::string& agent, core::Instant end,
                                                      core::Instant now) {
  const std::optional<LockText> text = map_locks(state);
  if (!text) return std::nullopt;
  std::string changed(text->file.bytes());
  auto own = scan_leases(changed, agent);
  const std::string time = core::format_utc(end);
  if (!own || !is_plain_utc(time)) return std::nullopt;
  std::vector<core::Lock> renewed;
  for (Lease& lease : *own) {
    if (lease.lock.expires >= end) continue;
    if (!lease.lock.live(now)) return std::nullopt;  // somebody may have taken it since
    changed.replace(lease.expires, time.size(), time);
    lease.lock.expires = end;
    renewed.push_back(std::move(lease.lock));
  }
  if (renewed.empty()) return renewed;
  AtomicFile target(state.locks());
  target.write(changed);
  target.commit();
  if (text->sealed) seal_locks(state, changed.size());
  return renewed;
}

}  // namespace

std::vector<core::Lock> renew(const StateDir& state, const std::string& agent, core::Seconds ttl,
                              core::Instant now) {
  if (holds_none(state, agent)) return {};
  const ExclusiveState exclusive(state);
  const core::Instant end = lease_end(now, ttl);
  if (auto renewed = renew_in_place(state, agent, end, now)) return std::move(*renewed);
  LockFile file = load_lock_file(state);
  std::vector<core::Lock> renewed;
  for (LockEntry& entry : file.entries) {
    core::Lock& lock = entry.lock;
    if (!core::same_holder(lock.agent, agent) || lock.expires >= end) continue;
    if (!lock.live(now) && taken_by_another(file, lock, now)) continue;
    lock.expires = end;
    refresh_entry(entry);
    renewed.push_back(lock);
  }
  if (!renewed.empty()) save_lock_file(state, std::move(file));
  return renewed;
}

}  // namespace gs::store
