#include "lib/state/lock_table.h"

#include <algorithm>
#include <unordered_set>

#include "lib/core/error.h"
#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"

namespace gs::state {

namespace {

// A '!' at the start of a lock is a letter like others; for the matcher it would be "not".
std::string as_pattern(const std::string& text) {
  return text.starts_with('!') ? '\\' + text : text;
}

// What every path that the pattern matches starts with.
std::string_view literal_start(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

bool starts_agree(std::string_view a, std::string_view b) {
  a = literal_start(a);
  b = literal_start(b);
  const std::size_t length = std::min(a.size(), b.size());
  return a.substr(0, length) == b.substr(0, length);
}

template <class Each>
void for_each_folder_above(std::string_view path, const Each& each) {
  for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
    each(std::string(path.substr(0, at)));
  }
}

}  // namespace

CollisionIndex::CollisionIndex(std::span<const std::string> wanted, bool ignore_case)
    : ignore_case_(ignore_case) {
  for (const std::string& text : wanted) {
    const std::size_t position = wanted_.size();
    wanted_.push_back(core::path_form(text, ignore_case));
    const auto path = core::literal_path(wanted_.back());
    if (!path) {
      patterns_.push_back(position);
      continue;
    }
    plain_.push_back(position);
    paths_[*path].push_back(position);
    for_each_folder_above(*path,
                          [&](std::string folder) { folders_above_[folder].push_back(position); });
  }
}

bool CollisionIndex::patterns_meet(std::size_t position, const std::string& lock) const {
  const std::string& wanted = wanted_[position];
  return starts_agree(wanted, lock) &&
         core::patterns_collide(as_pattern(wanted), as_pattern(lock), ignore_case_);
}

std::vector<std::size_t> CollisionIndex::colliding(std::string_view lock) const {
  const std::string text = core::path_form(lock, ignore_case_);
  std::vector<std::size_t> hits;
  const auto add = [&](const Positions& positions, const std::string& key) {
    const auto found = positions.find(key);
    if (found != positions.end()) {
      hits.insert(hits.end(), found->second.begin(), found->second.end());
    }
  };
  const auto add_meeting = [&](const std::vector<std::size_t>& positions) {
    for (const std::size_t position : positions) {
      if (patterns_meet(position, text)) hits.push_back(position);
    }
  };
  const auto path = core::literal_path(text);
  if (!path) {
    add_meeting(plain_);
  } else {
    add(paths_, *path);
    add(folders_above_, *path);
    for_each_folder_above(*path, [&](const std::string& folder) { add(paths_, folder); });
  }
  add_meeting(patterns_);
  std::sort(hits.begin(), hits.end());
  hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
  return hits;
}

bool CollisionIndex::same(std::string_view a, std::string_view b) const {
  return core::same_path(a, b, ignore_case_);
}

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::vector<std::string> without_repeats(const LockRequest& request) {
  std::vector<std::string> paths;
  std::unordered_set<std::string> known;
  for (const std::string& path : request.paths) {
    if (known.insert(core::path_form(path, request.ignore_case)).second) paths.push_back(path);
  }
  return paths;
}

// What the existing locks mean for the request.
struct Obstacles {
  std::vector<std::size_t> own;  // for each path, the live lock to renew
  std::vector<bool> doomed;      // for each entry: expired and in the way
  std::vector<core::Lock> expired;
  std::vector<Held> held;
};

Obstacles find_obstacles(const LockFile& file, const LockRequest& request,
                         const std::vector<std::string>& paths, core::Instant now) {
  const CollisionIndex index(paths, request.ignore_case);
  Obstacles result;
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
  Obstacles found = find_obstacles(file, request, paths, now);
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

}  // namespace gs::state
