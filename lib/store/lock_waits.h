#pragma once
// lock_waits.json: who waits for which locks, and whether a wait would never end.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/lock.h"
#include "lib/platform/process_mark.h"
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
using platform::Liveness;
Liveness liveness(const Waiter& waiter);

// An empty text, as a power failure may leave, has none. Throws Damaged.
std::vector<Waiter> parse_waits(std::string_view text);
// The same for a text as render_waits writes it, fast; nothing for any other.
std::optional<std::vector<Waiter>> scan_waits(std::string_view text);
std::string render_waits(const std::vector<Waiter>& waits);

// The state's file, in the order of their coming, the dead included; a missing file has none.
// Throws core::Error (broken). Changing is for those who hold the exclusive lock.
struct WaitList {
  std::vector<Waiter> waits;
  bool changed = false;  // not as in the file
};
WaitList load_waits(const StateDir& state);
// Whole or not at all, but not synced to the disk.
void save_waits(const StateDir& state, const std::vector<Waiter>& waits);
// Drops those of `suspects` whose processes have ended; whether there were any.
bool drop_dead(WaitList& list, std::span<const Waiter> suspects);

// A cycle of agents that wait for each other, begun and ended by the one who asks.
struct WaitCycle {
  std::string text;    // "agent-F1 waits for agent-F2 (llm/b.py), agent-F2 waits for …"
  std::string wanted;  // what the one who asks wants
  std::string own;     // and the lock of its own that closes the cycle
};
std::optional<WaitCycle> find_cycle(const LockRequest& request, const std::vector<Waiter>& waits,
                                    const core::LockTable& locks, core::Instant now);

}  // namespace gs::store
