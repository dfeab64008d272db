#include "lib/state/lock_wait.h"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <thread>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/ids.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/platform/folder_watch.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/lock_table.h"

namespace gs::state {

namespace {

using core::JsonKind;
using core::JsonReader;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string read_text(JsonReader& reader, const char* name) {
  if (reader.kind() != JsonKind::string)
    throw Damaged(fmt::format("a wait has no text \"{}\"", name));
  return reader.string().text();
}

std::uint64_t read_number(JsonReader& reader, const char* name) {
  const bool is_number = reader.kind() == JsonKind::number;
  const auto number = is_number ? core::json_natural(reader.number()) : std::nullopt;
  if (!number || *number > kLastGeneration)
    throw Damaged(fmt::format("a wait has no number \"{}\"", name));
  return *number;
}

std::vector<std::string> read_paths(JsonReader& reader) {
  if (reader.kind() != JsonKind::array) throw Damaged("a wait has no list \"paths\"");
  std::vector<std::string> paths;
  reader.begin_array();
  while (reader.next_item()) {
    if (reader.kind() != JsonKind::string) throw Damaged("a wait has a path that is no text");
    paths.push_back(core::path_from_json(reader.string().text()));
  }
  return paths;
}

core::Instant read_time(JsonReader& reader) {
  const auto time = core::parse_time(read_text(reader, "since"), local_offset);
  if (!time) throw Damaged("a wait has no time \"since\"");
  return *time;
}

// All of its members are needed, others passed over.
Waiter read_waiter(JsonReader& reader) {
  if (reader.kind() != JsonKind::object) throw Damaged("a wait is no object");
  Waiter waiter;
  std::size_t found = 0;  // none comes twice
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    ++found;
    if (*name == "agent") {
      waiter.agent = read_text(reader, "agent");
    } else if (*name == "paths") {
      waiter.paths = read_paths(reader);
    } else if (*name == "since") {
      waiter.since = read_time(reader);
    } else if (*name == "pid") {
      waiter.process.pid = static_cast<std::int64_t>(read_number(reader, "pid"));
    } else if (*name == "start_time") {
      waiter.process.start_time = read_number(reader, "start_time");
    } else if (*name == "boot_id") {
      waiter.process.boot_id = read_text(reader, "boot_id");
    } else {
      --found;
      reader.skip();
    }
  }
  if (found != 6) throw Damaged("a wait lacks a member");
  return waiter;
}

}  // namespace

Waiter this_waiter(const LockRequest& request, core::Instant since) {
  return {request.agent, request.paths, since, platform::process_id_of(getpid())};
}

std::vector<Waiter> waiters_in(std::string_view text) {
  std::vector<Waiter> waiters;
  if (text.empty()) return waiters;
  JsonReader reader(text);
  if (reader.kind() != JsonKind::object) throw Damaged("it has no list \"waits\"");
  bool has_list = false;
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    if (*name == "waits" && reader.kind() == JsonKind::array) {
      has_list = true;
      reader.begin_array();
      while (reader.next_item()) waiters.push_back(read_waiter(reader));
    } else if (*name == "version") {
      if (core::read_json(reader).natural() != 1U) throw Damaged("its version is not 1");
    } else {
      reader.skip();
    }
  }
  reader.end();
  if (!has_list) throw Damaged("it has no list \"waits\"");
  return waiters;
}

std::vector<Waiter> load_waiters(const StateDir& state) {
  const std::optional<std::string> text = read_state_file(state.waits(), kStateLimit);
  if (!text) return {};
  try {
    return waiters_in(*text);
  } catch (const Damaged& damage) {
    fail_damaged(state.waits(), damage.what());
  }
}

void save_waiters(const StateDir& state, const std::vector<Waiter>& waiters) {
  std::string text = "{\"waits\": [";
  for (const Waiter& waiter : waiters) {
    core::JsonWriter json;
    json.begin_object().member("agent", waiter.agent).key("paths").begin_array();
    for (const std::string& path : waiter.paths) json.value(core::json_path(path));
    json.end_array().member("since", core::format_utc(waiter.since));
    json.member("pid", waiter.process.pid).member("start_time", waiter.process.start_time);
    json.member("boot_id", waiter.process.boot_id).end_object();
    text += (text.back() == '[' ? "\n  " : ",\n  ") + json.take();
  }
  AtomicFile file(state.waits(), AtomicFile::Durability::cache);
  file.write(text + "], \"version\": 1}\n");
  file.commit();
}

namespace {

// The live locks of others that collide with some of this.
core::LockTable in_the_way(const CollisionIndex& wish, const std::string& agent,
                           const core::LockTable& locks, core::Instant now) {
  core::LockTable found;
  std::copy_if(locks.begin(), locks.end(), std::back_inserter(found), [&](const core::Lock& lock) {
    return lock.live(now) && !core::same_holder(lock.agent, agent) &&
           !wish.colliding(lock.path).empty();
  });
  return found;
}

bool holds_any(const std::string& agent, const core::LockTable& locks, core::Instant now) {
  return std::any_of(locks.begin(), locks.end(), [&](const core::Lock& lock) {
    return lock.live(now) && core::same_holder(lock.agent, agent);
  });
}

// One agent waits for another's lock.
struct Step {
  std::string waiter, wanted;
  core::Lock lock;
  std::optional<std::size_t> from;  // the step that leads to the waiter
};

WaitCycle cycle_of(const std::vector<Step>& steps, std::size_t last) {
  WaitCycle cycle{"", "", steps[last].lock.path};
  for (std::optional<std::size_t> at = last; at; at = steps[*at].from) {
    const Step& step = steps[*at];
    cycle.text.insert(0, fmt::format("{} waits for {} ({}){}", core::printable(step.waiter),
                                     core::printable(step.lock.agent),
                                     core::quote_path(step.wanted), *at == last ? "" : ", "));
    cycle.wanted = step.wanted;
  }
  return cycle;
}

}  // namespace

// Breadth first, each agent once.
std::optional<WaitCycle> find_cycle(const LockRequest& request, const std::vector<Waiter>& waiters,
                                    const core::LockTable& locks, core::Instant now) {
  std::vector<Step> steps;
  if (!holds_any(request.agent, locks, now)) return std::nullopt;
  const auto add_steps = [&](const std::string& agent, const std::vector<std::string>& wanted,
                             std::optional<std::size_t> from) {
    const CollisionIndex wish(wanted, request.ignore_case);
    for (const core::Lock& lock : in_the_way(wish, agent, locks, now))
      steps.push_back({agent, wanted[wish.colliding(lock.path).front()], lock, from});
  };
  add_steps(request.agent, request.paths, std::nullopt);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string holder = steps[i].lock.agent;
    if (core::same_holder(holder, request.agent)) return cycle_of(steps, i);
    const bool known = std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
      return core::same_holder(step.waiter, holder);
    });
    if (known) continue;
    std::vector<std::string> wanted;
    for (const Waiter& waiter : waiters) {
      if (core::same_holder(waiter.agent, holder))
        wanted.insert(wanted.end(), waiter.paths.begin(), waiter.paths.end());
    }
    add_steps(holder, wanted, i);
  }
  return std::nullopt;
}

namespace {

// What does not change while somebody waits.
struct Wish {
  const StateDir& state;
  const LockRequest& request;
  core::Instant deadline;
  Waiter self;
  CollisionIndex index;
};

// Who goes first.
struct Ahead {
  std::size_t count = 0;            // 0, or as many as there may be: only the first is looked at
  std::vector<Waiter> passed_over;  // in front of the first that runs: ended, or stopped
};

// Those of other agents who came earlier and want some of the same go first, even those who cannot
// go yet: so nobody who wants much is passed over for ever by those who want little. Whoever holds
// a lock yields to nobody: those ahead may be waiting for just this lock, directly or through
// others, and all would stand still.
Ahead ahead_of(const Wish& wish, const std::vector<Waiter>& waiters, const core::LockTable& locks,
               core::Instant now) {
  Ahead ahead;
  if (holds_any(wish.request.agent, locks, now)) return ahead;
  for (const Waiter& other : waiters) {
    if (other == wish.self) break;
    const bool rival = std::any_of(other.paths.begin(), other.paths.end(), [&](const auto& path) {
      return !wish.index.colliding(path).empty();
    });
    if (!rival || core::same_holder(other.agent, wish.request.agent)) continue;
    if (ahead.count > 0 || platform::liveness(other.process) == platform::Liveness::running) {
      ++ahead.count;
    } else {
      ahead.passed_over.push_back(other);
    }
  }
  return ahead;
}

// Whether there were any among those of whom it is asked.
template <class Asked>
bool erase_ended(std::vector<Waiter>& waiters, const Asked& asked) {
  return std::erase_if(waiters, [&](const Waiter& waiter) {
           return asked(waiter) && platform::liveness(waiter.process) == platform::Liveness::ended;
         }) > 0;
}

bool contains(const std::vector<Waiter>& waiters, const Waiter& waiter) {
  return std::find(waiters.begin(), waiters.end(), waiter) != waiters.end();
}

void leave(const Wish& wish, std::vector<Waiter> waiters, bool changed) {
  changed |= std::erase(waiters, wish.self) > 0;
  if (changed) save_waiters(wish.state, waiters);
}

[[noreturn]] void fail_cycle(const WaitCycle& cycle) {
  throw core::Error(
      core::ExitCode::findings,
      "waiting for " + core::quote_path(cycle.wanted) + " would never end: " + cycle.text,
      "git stream unlock " + core::quote_shell(cycle.own));
}

// Takes the locks, or announces the wish, under the exclusive lock: nobody gets in between. Returns
// the outcome when the waiting is over.
std::optional<LockOutcome> try_once(const Wish& wish) {
  ExclusiveState exclusive(wish.state);
  const core::Instant time = now();
  const bool late = time >= wish.deadline;
  LockFile file = exclusive.load();
  core::LockTable locks;
  for (const LockEntry& entry : file.entries) locks.push_back(entry.lock);
  std::vector<Waiter> waiters = load_waiters(wish.state);
  const Ahead ahead = ahead_of(wish, waiters, locks, time);
  bool changed = erase_ended(waiters, [&](const Waiter& waiter) {
    return contains(ahead.passed_over, waiter) ||
           core::same_holder(waiter.agent, wish.request.agent);
  });
  if (late || ahead.count == 0) {
    Attempt attempt = try_acquire(file, wish.request, time);
    const bool got = attempt.outcome.held.empty();
    if (got && attempt.changed) exclusive.save(std::move(file));
    if (got || late) {
      leave(wish, std::move(waiters), changed);
      return std::move(attempt.outcome);
    }
  }
  auto cycle = find_cycle(wish.request, waiters, locks, time);
  // One through a process that has ended is none.
  if (cycle && erase_ended(waiters, [](const Waiter&) { return true; })) {
    changed = true;
    cycle = find_cycle(wish.request, waiters, locks, time);
  }
  if (cycle) fail_cycle(*cycle);
  if (!contains(waiters, wish.self)) {
    waiters.push_back(wish.self);
    changed = true;
  }
  if (changed) save_waiters(wish.state, waiters);
  return std::nullopt;
}

constexpr milliseconds kLongestPause{1000};

// The time to `end`, a millisecond at least. Compared in seconds: counted in smaller units, the
// longest leases overflow.
milliseconds until(core::Instant end, milliseconds longest) {
  const auto time = std::chrono::system_clock::now();
  if (end > std::chrono::ceil<core::Seconds>(time + longest)) return longest;
  return std::clamp(std::chrono::ceil<milliseconds>(end - time), milliseconds{1}, longest);
}

// The time in which half of those ahead will be gone if it goes on as it did.
milliseconds half_way(std::size_t most_ahead, std::size_t ahead, steady_clock::time_point began) {
  constexpr milliseconds kShortest{2}, kLongest{250};
  const auto waited = std::chrono::ceil<milliseconds>(steady_clock::now() - began);
  const auto gone = static_cast<int>(std::max<std::size_t>(most_ahead - ahead, 1));
  return std::clamp(waited * static_cast<int>(ahead) / (2 * gone), kShortest, kLongest);
}

// Waits until another try is likely to change anything. Looking costs the others nothing, since it
// takes no lock; so the two files may not fit together, and the try judges. The first in line watch
// for changes; the others look now and then, the later the more are ahead, or every change would
// wake them all.
void wait_for_a_chance(const Wish& wish, platform::FolderWatch& watch) {
  constexpr std::size_t kWatchers = 1;
  std::vector<std::uint64_t> in_the_way_before;  // generations
  const auto began = steady_clock::now();
  std::size_t most_ahead = 0;
  for (;;) {
    const core::Instant time = now();
    if (time >= wish.deadline) return;
    const std::vector<Waiter> waiters = load_waiters(wish.state);
    if (!contains(waiters, wish.self)) return;  // the file was repaired
    const core::LockTable locks = read_locks(wish.state);
    const core::LockTable held = in_the_way(wish.index, wish.request.agent, locks, time);
    const std::size_t ahead = ahead_of(wish, waiters, locks, time).count;
    if (ahead == 0 && held.empty()) return;
    core::Instant first_expiry = core::Instant::max();
    std::vector<std::uint64_t> generations;
    for (const core::Lock& lock : held) {
      first_expiry = std::min(first_expiry, lock.expires);
      generations.push_back(lock.generation);
    }
    const bool others = std::exchange(in_the_way_before, generations) != generations;
    if (others && find_cycle(wish.request, waiters, locks, time)) return;
    const milliseconds left = until(wish.deadline, kLongestPause);
    if (ahead > kWatchers) {
      most_ahead = std::max(most_ahead, ahead);
      std::this_thread::sleep_for(std::min(half_way(most_ahead, ahead, began), left));
    } else if (ahead > 0) {
      watch.wait(wish.state.waits().filename().native(), left);
    } else {
      watch.wait(wish.state.locks().filename().native(), until(first_expiry, left));
    }
  }
}

// Best effort: who cannot sign off is dropped by the next who waits, once this process has ended.
void withdraw(const Wish& wish) noexcept {
  try {
    const ExclusiveState exclusive(wish.state);
    leave(wish, load_waiters(wish.state), false);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace

LockOutcome acquire_waiting(const StateDir& state, const LockRequest& request,
                            core::Instant deadline) {
  const Wish wish{state, request, deadline, this_waiter(request, now()),
                  CollisionIndex(request.paths, request.ignore_case)};
  platform::FolderWatch watch(state.root(), platform::Changes::whole);
  try {
    for (;;) {
      if (auto outcome = try_once(wish)) return std::move(*outcome);
      wait_for_a_chance(wish, watch);
    }
  } catch (...) {
    withdraw(wish);
    throw;
  }
}

}  // namespace gs::state
