#pragma once
// lock_waits.json: who waits for which locks, so that a wait that would never end is seen, and
// nobody is passed over for ever. acquire_waiting is in locks.h.
//
//   {"waits": [{"agent": …, "paths": [PATH, …], "since": TIME, "pid": N, "start_time": N,
//               "boot_id": …}, …], "version": 1}

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/lock.h"
#include "lib/platform/process_id.h"
#include "lib/state/locks.h"

namespace gs::state {

// A waiting process.
struct Waiter {
  std::string agent;
  std::vector<std::string> paths;
  core::Instant since{};
  platform::ProcessId process;

  bool operator==(const Waiter&) const = default;
};

// This process, waiting for this.
Waiter this_waiter(const LockRequest& request, core::Instant since);

// In the order of their coming, those whose processes have ended included. An empty text, as a
// power failure may leave, has none. Throws core::JsonError.
std::vector<Waiter> waiters_in(std::string_view text);

// The state's file; a missing one has none. Throws core::Error (broken). Writing is for those who
// hold the exclusive lock; it is whole or not at all, but not synced to the disk: nobody waits on
// after a power failure.
std::vector<Waiter> load_waiters(const StateDir& state);
void save_waiters(const StateDir& state, const std::vector<Waiter>& waiters);

// A cycle of agents that wait for each other, begun and ended by the one who asks.
struct WaitCycle {
  std::string text;    // "agent-F1 waits for agent-F2 (llm/b.py), agent-F2 waits for …"
  std::string wanted;  // what the one who asks wants
  std::string own;     // and the lock of its own that closes the cycle
};
std::optional<WaitCycle> find_cycle(const LockRequest& request, const std::vector<Waiter>& waiters,
                                    const core::LockTable& locks, core::Instant now);

}  // namespace gs::state
