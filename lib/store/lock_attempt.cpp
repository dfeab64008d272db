#include "lib/store/lock_attempt.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/ids.h"
#include "lib/store/collisions.h"

namespace gs::store {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::vector<std::string> without_repeats(const LockRequest& request) {
  std::vector<std::string> paths;
  const CollisionIndex names({}, request.ignore_case);
  for (const std::string& path : request.paths) {
    const bool repeated = std::any_of(paths.begin(), paths.end(),
                                      [&](const auto& other) { return names.same(path, other); });
    if (!repeated) paths.push_back(path);
  }
  return paths;
}

// What the existing locks mean for the request.
struct Survey {
  std::vector<std::size_t> own;  // for each path, the live lock to renew
  std::vector<bool> doomed;      // for each entry: expired and in the way
  std::vector<core::Lock> expired;
  std::vector<Held> held;
};

Survey survey(const LockFile& file, const LockRequest& request,
              const std::vector<std::string>& paths, core::Instant now) {
  const CollisionIndex index(paths, request.ignore_case);
  Survey result;
  result.own.assign(paths.size(), kNone);
  result.doomed.assign(file.entries.size(), false);
  std::vector<std::pair<std::size_t, std::size_t>> held;  // path, entry
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    const core::Lock& lock = file.entries[i].lock;
    const std::vector<std::size_t> hits = index.colliding(lock.path);
    if (hits.empty()) continue;
    if (core::same_holder(lock.agent, request.agent)) {
      for (const std::size_t hit : hits) {
        if (!index.same(paths[hit], lock.path)) continue;
        if (lock.live(now)) result.own[hit] = i;
        result.doomed[i] = !lock.live(now);
      }
    } else if (lock.live(now)) {
      for (const std::size_t hit : hits) held.emplace_back(hit, i);
    } else {
      result.doomed[i] = true;
      result.expired.push_back(lock);
    }
  }
  std::sort(held.begin(), held.end());
  for (const auto& [path, entry] : held) {
    result.held.push_back({paths[path], file.entries[entry].lock});
  }
  return result;
}

void remove_doomed(LockFile& file, const std::vector<bool>& doomed) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < doomed.size(); ++i) {
    if (doomed[i]) continue;
    if (kept != i) file.entries[kept] = std::move(file.entries[i]);
    ++kept;
  }
  file.entries.erase(file.entries.begin() + static_cast<std::ptrdiff_t>(kept), file.entries.end());
}

bool renew_entry(LockEntry& entry, const LockRequest& request, core::Instant now) {
  const core::Lock before = entry.lock;
  entry.lock.expires = std::max(before.expires, lease_end(now, request.ttl));
  if (!request.task.empty()) entry.lock.task = request.task;
  // Asked for by a command: from now on it is more than a gate's precaution.
  entry.lock.automatic = before.automatic && request.automatic;
  if (entry.lock == before) return false;
  refresh_entry(entry);
  return true;
}

std::uint64_t next_generation(LockFile& file) {
  if (file.generation >= kLastGeneration) {
    throw core::Error(core::ExitCode::broken, "cannot lock: the lock generations are used up");
  }
  return ++file.generation;
}

}  // namespace

core::Instant lease_end(core::Instant now, core::Seconds ttl) {
  using namespace std::chrono;
  constexpr core::Seconds kLongest = days{100 * 366};
  constexpr core::Instant kLast = sys_days{year{9999} / 12 / 31} + 23h + 59min + 59s;
  return std::min(now + std::clamp(ttl, core::Seconds{0}, kLongest), kLast);
}

Attempt try_acquire(LockFile& file, const LockRequest& request, core::Instant now) {
  const std::vector<std::string> paths = without_repeats(request);
  Survey found = survey(file, request, paths, now);
  Attempt attempt;
  if (!found.held.empty()) {
    attempt.outcome.held = std::move(found.held);
    return attempt;
  }
  for (const std::size_t own : found.own) {
    if (own == kNone) continue;
    attempt.changed |= renew_entry(file.entries[own], request, now);
    attempt.outcome.renewed.push_back(file.entries[own].lock);
  }
  remove_doomed(file, found.doomed);
  std::uint64_t generation = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (found.own[i] != kNone) continue;
    if (generation == 0) generation = next_generation(file);
    const core::Lock lock{
        paths[i],     request.agent, request.stream,   now, lease_end(now, request.ttl),
        request.task, generation,    request.automatic};
    file.entries.push_back(make_entry(lock));
    attempt.outcome.taken.push_back(lock);
    attempt.changed = true;
  }
  attempt.outcome.expired = std::move(found.expired);
  attempt.changed |= !attempt.outcome.expired.empty();
  return attempt;
}

}  // namespace gs::store
