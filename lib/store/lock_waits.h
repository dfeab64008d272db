#pragma once
// lock_waits.json: who waits for which locks, and whether a wait would never end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/lock.h"
#include "lib/store/locks.h"

namespace gs::store {

// A waiting process. The start time (clock ticks since boot) and the boot tell it from a later
// process with its number.
struct Waiter {
  std::string agent;
  std::vector<std::string> paths;
  core::Instant since{};
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;
  std::string boot_id;

  bool same_process_and_wish(const Waiter& other) const;
};

// This process, waiting for this.
Waiter this_waiter(const LockRequest& request, core::Instant since);
// False when the process is known to have ended.
bool is_alive(const Waiter& waiter);

// Throws Damaged.
std::vector<Waiter> parse_waits(std::string_view text);
std::string render_waits(const std::vector<Waiter>& waits);

// Those of the state's file that are alive, in the order of their coming; a missing file has none.
// Throws core::Error (broken). Changing is for those who hold the exclusive lock.
struct WaitList {
  std::vector<Waiter> waits;
  bool changed = false;  // somebody died
};
WaitList load_waits(const StateDir& state);
void save_waits(const StateDir& state, const std::vector<Waiter>& waits);

// A cycle of agents that wait for each other, begun and ended by the one who asks.
struct WaitCycle {
  std::string text;    // "agent-F1 waits for agent-F2 (llm/b.py), agent-F2 waits for …"
  std::string wanted;  // what the one who asks wants
  std::string own;     // and the lock of its own that closes the cycle
};
std::optional<WaitCycle> find_cycle(const LockRequest& request, const std::vector<Waiter>& waits,
                                    const core::LockTable& locks, core::Instant now);

}  // namespace gs::store
