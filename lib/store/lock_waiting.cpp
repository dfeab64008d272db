#include <algorithm>
#include <chrono>

#include "lib/core/error.h"
#include "lib/core/ids.h"
#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "lib/store/collisions.h"
#include "lib/store/exclusive.h"
#include "lib/store/folder_watch.h"
#include "lib/store/lock_attempt.h"
#include "lib/store/lock_file.h"
#include "lib/store/lock_waits.h"

namespace gs::store {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// Somebody who came earlier, wants some of the same, and could have all of it now.
bool somebody_is_first(const LockRequest& request, const Waiter& self,
                       const std::vector<Waiter>& waits, const LockFile& file, core::Instant now) {
  const CollisionIndex mine(request.paths, request.ignore_case);
  for (const Waiter& other : waits) {
    if (other.same_process_and_wish(self)) return false;
    if (core::same_holder(other.agent, request.agent)) continue;
    const bool rival = std::any_of(other.paths.begin(), other.paths.end(),
                                   [&](const auto& path) { return !mine.colliding(path).empty(); });
    if (!rival) continue;
    const CollisionIndex theirs(other.paths, request.ignore_case);
    const bool held = std::any_of(file.entries.begin(), file.entries.end(), [&](const auto& entry) {
      return entry.lock.live(now) && !core::same_holder(entry.lock.agent, other.agent) &&
             !theirs.colliding(entry.lock.path).empty();
    });
    if (!held) return true;
  }
  return false;
}

[[noreturn]] void fail_cycle(const WaitCycle& cycle) {
  throw core::Error(
      core::ExitCode::findings,
      "waiting for " + core::quote_path(cycle.wanted) + " would never end: " + cycle.text,
      "git stream unlock " + core::quote_shell(cycle.own));
}

class Wait {
 public:
  Wait(const StateDir& state, const LockRequest& request, core::Instant deadline)
      : state_(state), request_(request), deadline_(deadline), self_(this_waiter(request, now())) {}
  ~Wait() {
    try {
      if (announced_) withdraw();
    } catch (const std::exception&) {
      announced_ = false;  // whoever reads the list drops us when we have ended
    }
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  LockOutcome run() {
    FolderWatch watch(state_.root());
    for (;;) {
      LockOutcome outcome;
      if (turn(outcome)) return outcome;
      watch.wait(state_.locks().filename().native(), pause(outcome));
    }
  }

 private:
  // Whether the waiting is over. What is asked, announced and decided happens under one lock.
  bool turn(LockOutcome& outcome) {
    const ExclusiveState exclusive(state_);
    const core::Instant time = now();
    const LockFile before = load_lock_file(state_);
    LockFile file = before;
    Attempt attempt = try_acquire(file, request_, time);
    outcome = std::move(attempt.outcome);
    WaitList list = load_waits(state_);
    const bool late = time >= deadline_;
    const bool yields = outcome.held.empty() && !late && yielded_ < kMostYields &&
                        somebody_is_first(request_, self_, list.waits, before, time);
    if (outcome.held.empty() && !yields) {
      if (attempt.changed) save_lock_file(state_, std::move(file));
      leave(list);
      return true;
    }
    if (late) {
      leave(list);
      return true;
    }
    if (yields) ++yielded_;
    if (const auto cycle = find_cycle(request_, list.waits, before.table(), time)) {
      leave(list);
      fail_cycle(*cycle);
    }
    announce(list);
    return false;
  }

  bool is_self(const Waiter& waiter) const { return waiter.same_process_and_wish(self_); }

  void announce(WaitList& list) {
    if (std::none_of(list.waits.begin(), list.waits.end(),
                     [&](const Waiter& waiter) { return is_self(waiter); })) {
      list.waits.push_back(self_);
      list.changed = true;
    }
    announced_ = true;
    if (list.changed) save_waits(state_, list.waits);
  }

  void leave(WaitList& list) {
    if (std::erase_if(list.waits, [&](const Waiter& waiter) { return is_self(waiter); }) > 0) {
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

  // Until the first of the locks in the way expires or the time is up; a second at most.
  milliseconds pause(const LockOutcome& outcome) const {
    if (outcome.held.empty()) return kYieldPause;
    const system_clock::time_point time = system_clock::now();
    system_clock::time_point end =
        std::min<system_clock::time_point>(time + kLongestPause, deadline_);
    for (const Held& held : outcome.held) {
      if (held.lock.expires < end) end = held.lock.expires;
    }
    return std::max(std::chrono::ceil<milliseconds>(end - time), milliseconds{1});
  }

  static constexpr int kMostYields = 50;  // somebody who sleeps on does not stop the rest
  static constexpr milliseconds kYieldPause{20}, kLongestPause{1000};

  const StateDir& state_;
  const LockRequest& request_;
  core::Instant deadline_;
  Waiter self_;
  bool announced_ = false;
  int yielded_ = 0;
};

}  // namespace

LockOutcome acquire_waiting(const StateDir& state, const LockRequest& request,
                            core::Instant deadline) {
  return Wait(state, request, deadline).run();
}

}  // namespace gs::store
