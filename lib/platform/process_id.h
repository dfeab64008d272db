#pragma once
// Which process: its number, and what tells it from a later process with that number.

#include <cstdint>
#include <string>

#include "lib/platform/process_info.h"

namespace gs::platform {

struct ProcessId {
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  // as in ProcessInfo; 0: not known
  std::string boot_id;           // empty: not known

  bool operator==(const ProcessId&) const = default;
};

// This boot, as the kernel names it; empty when it cannot be read.
const std::string& boot_id();

// A process that runs now.
ProcessId process_id_of(std::int64_t pid);

// `ended` only when that is known, a zombie included; `stopped` as by Ctrl-Z or a debugger.
Liveness liveness(const ProcessId& process);

}  // namespace gs::platform
