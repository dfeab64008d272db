#include <algorithm>
#include <chrono>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "lib/store/exclusive.h"
#include "lib/store/folder_watch.h"
#include "lib/store/lock_attempt.h"
#include "lib/store/lock_file.h"
#include "lib/store/lock_queue.h"
#include "lib/store/lock_waits.h"

namespace gs::store {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

[[noreturn]] void fail_cycle(const WaitCycle& cycle) {
  throw core::Error(
      core::ExitCode::findings,
      "waiting for " + core::quote_path(cycle.wanted) + " would never end: " + cycle.text,
      "git stream unlock " + core::quote_shell(cycle.own));
}

// A cycle through a process that has ended is none; it leaves the list.
std::optional<WaitCycle> find_live_cycle(const LockRequest& request, WaitList& list,
                                         const core::LockTable& locks, core::Instant now) {
  for (;;) {
    auto cycle = find_cycle(request, list.waits, locks, now);
    if (!cycle || !drop_dead(list, list.waits)) return cycle;
  }
}

// The time to `end`, a millisecond at least. Compared in seconds: counted in smaller units, the
// longest leases overflow.
milliseconds at_most(milliseconds longest, core::Instant end) {
  const system_clock::time_point time = system_clock::now();
  if (end > std::chrono::ceil<core::Seconds>(time + longest)) return longest;
  return std::clamp(std::chrono::ceil<milliseconds>(end - time), milliseconds{1}, longest);
}

// Looking costs the others nothing; only a look that promises something is followed by a turn,
// which takes the exclusive lock.
class Wait {
 public:
  Wait(const StateDir& state, const LockRequest& request, core::Instant deadline)
      : state_(state), request_(request), deadline_(deadline), self_(this_waiter(request, now())) {}
  ~Wait() {
    try {
      if (announced_) withdraw();
    } catch (const std::exception&) {
      announced_ = false;  // whoever comes to stand behind us drops us when we have ended
    }
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  LockOutcome run() {
    FolderWatch watch(state_.root(), FolderWatch::Changes::replaced);
    LockOutcome outcome;
    while (!turn(outcome)) {
      do {
        rest(watch);
      } while (!promising());
    }
    return outcome;
  }

 private:
  // Whether the waiting is over. What is asked, announced and decided happens under one lock.
  bool turn(LockOutcome& outcome) {
    const ExclusiveState exclusive(state_);
    const core::Instant time = now();
    const bool late = time >= deadline_;
    LockFile file = load_lock_file(state_);
    const core::LockTable locks = file.table();
    WaitList list = load_waits(state_);
    drop_dead_in_front(list);
    if (late || !place_.must_yield(awake(place_.in_front(list.waits)), locks, time)) {
      Attempt attempt = try_acquire(file, request_, time);
      outcome = std::move(attempt.outcome);
      const bool got = outcome.held.empty();
      if (got && attempt.changed) save_lock_file(state_, std::move(file));
      if (got || late) {
        leave(list);
        return true;
      }
    }
    if (const auto cycle = find_live_cycle(request_, list, locks, time)) {
      leave(list);
      fail_cycle(*cycle);
    }
    announce(list);
    note(place_.in_the_way(locks, time));
    return false;
  }

  // Without the lock: whether a turn is likely to change anything. The two files may not fit
  // together; the turn judges.
  bool promising() {
    const core::Instant time = now();
    if (time >= deadline_) return true;
    WaitList list = load_waits(state_);
    if (!place_.announced(list.waits)) return true;  // dropped, or the file was repaired
    const std::vector<Waiter> all = place_.in_front(list.waits);
    const bool thorough = steady_clock::now() - looked_round_ >= kLongestPause;
    if (thorough && look_round(all)) return true;
    const std::vector<Waiter> front = awake(all);
    ahead_ = front.size();
    if (ahead_ > kWatchers && !thorough) return false;
    const core::LockTable locks = read_locks(state_);
    const core::LockTable held = place_.in_the_way(locks, time);
    if (note(held)) return find_cycle(request_, list.waits, locks, time).has_value();
    return held.empty() && !place_.must_yield(front, locks, time);
  }

  // Who in front has ended (then true), and who has been stopped and is passed over.
  bool look_round(const std::vector<Waiter>& front) {
    looked_round_ = steady_clock::now();
    stopped_.clear();
    for (const Waiter& waiter : front) {
      const Liveness life = liveness(waiter);
      some_dead_ |= life == Liveness::ended;
      if (life == Liveness::stopped) stopped_.push_back(waiter);
    }
    return some_dead_;
  }

  std::vector<Waiter> awake(std::vector<Waiter> front) const {
    std::erase_if(front, [&](const Waiter& waiter) {
      return std::any_of(stopped_.begin(), stopped_.end(),
                         [&](const Waiter& other) { return other.same_process_and_wish(waiter); });
    });
    return front;
  }

  // All of them when one was seen; otherwise as far as the first that lives, so that somebody new
  // is not kept by one that was interrupted.
  void drop_dead_in_front(WaitList& list) {
    const std::vector<Waiter> front = place_.in_front(list.waits);
    if (std::exchange(some_dead_, false)) {
      drop_dead(list, front);
    } else if (!announced_) {
      for (const Waiter& waiter : front) {
        if (!drop_dead(list, std::span(&waiter, 1))) break;
      }
    }
  }

  // Keeps in mind what is in the way; whether its holders have changed, which may close a cycle.
  bool note(const core::LockTable& held) {
    std::vector<std::uint64_t> generations;
    first_expiry_ = core::Instant::max();
    for (const core::Lock& lock : held) {
      generations.push_back(lock.generation);
      first_expiry_ = std::min(first_expiry_, lock.expires);
    }
    const bool changed = !held.empty() && generations != in_the_way_;
    in_the_way_ = std::move(generations);
    return changed;
  }

  void announce(WaitList& list) {
    if (!place_.announced(list.waits)) {
      list.waits.push_back(self_);
      list.changed = true;
    }
    announced_ = true;
    if (list.changed) save_waits(state_, list.waits);
  }

  void leave(WaitList& list) {
    if (std::erase_if(list.waits, [&](const Waiter& waiter) {
          return waiter.same_process_and_wish(self_);
        }) > 0) {
      list.changed = true;
    }
    if (list.changed) save_waits(state_, list.waits);
    announced_ = false;
  }

  void withdraw() {
    const ExclusiveState exclusive(state_);
    WaitList list = load_waits(state_);
    leave(list);
  }

  // The first in line watch; those far behind, whose turn cannot come with the next change, sleep,
  // or every change would wake them all.
  void rest(FolderWatch& watch) {
    const milliseconds left = at_most(kLongestPause, deadline_);
    if (ahead_ > kWatchers) {
      std::this_thread::sleep_for(std::min(half_way(), left));
    } else if (ahead_ > 0) {
      watch.wait(state_.waits().filename().native(), left);
    } else {
      watch.wait(state_.locks().filename().native(), at_most(left, first_expiry_));
    }
  }

  // The time in which half of those in front will be gone if it goes on as it did.
  milliseconds half_way() {
    const auto waited = std::chrono::ceil<milliseconds>(steady_clock::now() - began_);
    first_ahead_ = std::max(first_ahead_, ahead_);
    const std::size_t gone = std::max<std::size_t>(first_ahead_ - ahead_, 1);
    const auto half = waited * static_cast<int>(ahead_) / static_cast<int>(2 * gone);
    return std::clamp(half, kShortestSleep, kLongestSleep);
  }

  static constexpr std::size_t kWatchers = 1;
  static constexpr milliseconds kShortestSleep{2}, kLongestSleep{250}, kLongestPause{1000};

  const StateDir& state_;
  const LockRequest& request_;
  core::Instant deadline_;
  Waiter self_;
  Place place_{request_, self_};
  bool announced_ = false, some_dead_ = false;
  std::size_t ahead_ = 0, first_ahead_ = 0;
  std::vector<Waiter> stopped_;
  std::vector<std::uint64_t> in_the_way_;
  core::Instant first_expiry_ = core::Instant::max();
  steady_clock::time_point began_ = steady_clock::now(), looked_round_ = began_;
};

}  // namespace

LockOutcome acquire_waiting(const StateDir& state, const LockRequest& request,
                            core::Instant deadline) {
  return Wait(state, request, deadline).run();
}

}  // namespace gs::store
