#include "lib/state/locks.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"
#include "lib/state/files.h"
#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/lock_table.h"

namespace gs::state {

namespace {

// The forms of the paths and of the folders above them: a lock that is no pattern covers its path
// and what lies below.
std::unordered_set<std::string> covered_forms(std::span<const std::string> paths) {
  std::unordered_set<std::string> forms;
  for (const std::string& path : paths) {
    std::string form = core::path_form(path, true);
    for (std::size_t at = form.find('/'); at != form.npos; at = form.find('/', at + 1))
      forms.insert(form.substr(0, at));
    forms.insert(std::move(form));
  }
  return forms;
}

// The paths, and what those that are not ASCII may be locked as.
std::vector<std::string> with_forms(std::span<const std::string> paths) {
  std::vector<std::string> all(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (!core::is_ascii(path)) all.push_back(core::path_form(path, false));
  }
  return all;
}

// What `read` makes of the lock file's text; nothing when there is none.
template <class Read>
auto read_text(const StateDir& state, const Read& read)
    -> decltype(read(std::declval<LockText>())) {
  const std::optional<LockText> text = read_lock_text(state);
  if (!text) return {};
  try {
    return read(*text);
  } catch (const Damaged& damage) {
    fail_damaged(state.locks(), damage.what());
  }
}

}  // namespace

core::LockTable read_locks(const StateDir& state) {
  return read_text(state, [](const LockText& text) { return locks_in(text.bytes()); });
}

core::LockTable read_locks_for(const StateDir& state, std::span<const std::string> paths,
                               bool ignore_case) {
  if (ignore_case) {
    core::LockTable locks = read_locks(state);
    const auto forms = covered_forms(paths);
    std::erase_if(locks, [&](const core::Lock& lock) {
      return !core::is_pattern(lock.path) && !forms.contains(core::path_form(lock.path, true));
    });
    return locks;
  }
  const bool plain = std::ranges::all_of(paths, core::is_ascii);
  const std::vector<std::string> all = plain ? std::vector<std::string>() : with_forms(paths);
  const WantedPaths wanted(plain ? paths : all);
  return read_text(state, [&](const LockText& text) {
    auto found = text.stamped ? find_locks(text.bytes(), wanted) : std::nullopt;
    return found ? std::move(*found) : locks_in(text.bytes(), wanted);
  });
}

LockOutcome acquire(const StateDir& state, const LockRequest& request, core::Instant now) {
  ExclusiveState exclusive(state);
  LockFile file = exclusive.load();
  Attempt attempt = try_acquire(file, request, now);
  if (attempt.changed) exclusive.save(std::move(file));
  return std::move(attempt.outcome);
}

namespace {

// The lock that is meant, as the file has it; the path itself where it has none.
std::string as_listed(const LockFile& file, const std::string& path, bool ignore_case) {
  const auto find = [&](const auto& is_meant) {
    return std::ranges::find_if(file.entries,
                                [&](const LockEntry& one) { return is_meant(one.lock.path); });
  };
  auto found = find([&](const std::string& lock) { return lock == path; });
  if (found == file.entries.end())
    found = find([&](const auto& lock) { return core::same_path(lock, path, ignore_case); });
  return found == file.entries.end() ? path : found->lock.path;
}

}  // namespace

ReleaseOutcome release(const StateDir& state, std::span<const std::string> paths,
                       const std::string& agent, bool force, core::Instant now, bool ignore_case) {
  ExclusiveState exclusive(state);
  LockFile file = exclusive.load();
  ReleaseOutcome outcome;
  std::vector<std::string> unknown;
  for (const std::string& path : paths) unknown.push_back(as_listed(file, path, ignore_case));
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
  if (!outcome.released.empty()) exclusive.save(std::move(file));
  return outcome;
}

namespace {

// A lock that has lapsed is only brought back when nobody else has taken its paths since.
bool taken_by_another(const LockFile& file, const core::Lock& lapsed, core::Instant now) {
  // In any letters: whether case counts here, nobody has said.
  const CollisionIndex index(std::span(&lapsed.path, 1), true);
  return std::any_of(file.entries.begin(), file.entries.end(), [&](const LockEntry& entry) {
    return entry.lock.live(now) && !core::same_holder(entry.lock.agent, lapsed.agent) &&
           !index.colliding(entry.lock.path).empty();
  });
}

// Writes the new end over the old one and leaves all else as it is, which takes a fiftieth of the
// time of reading and writing every lock. Nothing where that is not enough.
std::optional<std::vector<core::Lock>> renew_in_place(ExclusiveState& exclusive,
                                                      const std::string& agent, core::Instant end,
                                                      core::Instant now) {
  const std::string time = core::format_utc(end);
  std::string changed(exclusive.text().bytes());
  std::vector<core::Lock> renewed;
  for (Lease& lease : leases_in(changed, agent)) {
    if (lease.lock.expires >= end) continue;
    // Somebody may have taken it since it lapsed; or there is another time than we write.
    if (!lease.lock.live(now) || !lease.expires) return std::nullopt;
    changed.replace(*lease.expires, time.size(), time);
    lease.lock.expires = end;
    renewed.push_back(std::move(lease.lock));
  }
  if (!renewed.empty()) exclusive.replace(changed, exclusive.text().stamped);
  return renewed;
}

}  // namespace

std::vector<core::Lock> renew(const StateDir& state, const std::string& agent, core::Seconds ttl,
                              core::Instant now) {
  // Every commit asks, and few hold locks.
  const auto own =
      read_text(state, [&](const LockText& text) { return leases_in(text.bytes(), agent); });
  if (own.empty()) return {};
  ExclusiveState exclusive(state);
  const core::Instant end = lease_end(now, ttl);
  try {
    if (auto done = renew_in_place(exclusive, agent, end, now)) return *done;
  } catch (const Damaged& damage) {
    fail_damaged(state.locks(), damage.what());
  }
  LockFile file = exclusive.load();
  std::vector<core::Lock> renewed;
  for (LockEntry& entry : file.entries) {
    core::Lock& lock = entry.lock;
    if (!core::same_holder(lock.agent, agent) || lock.expires >= end) continue;
    if (!lock.live(now) && taken_by_another(file, lock, now)) continue;
    lock.expires = end;
    refresh_entry(entry);
    renewed.push_back(lock);
  }
  if (!renewed.empty()) exclusive.save(std::move(file));
  return renewed;
}

}  // namespace gs::state
