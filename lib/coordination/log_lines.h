#pragma once
// What changes of leases leave in the activity log, and how leases look at a moment.

#include <cstdint>
#include <filesystem>

#include "lib/coordination/host_memory.h"
#include "lib/coordination/lease_store.h"

namespace gs::coordination {

// The log's size in bytes; 0 where there is none.
std::uint64_t log_size(const std::filesystem::path& log);

// Lines `locked`, `released`, `stolen` and `expired`, with the change's nonce: unless the log has
// them behind its size before the change. `certain`: the store has made it.
void log_once(const std::filesystem::path& log, const Unanswered& change, bool certain);

// All that are known, with their standing now.
SeenLeases seen_leases(const HostMemory& memory, BootTime now);

}  // namespace gs::coordination
