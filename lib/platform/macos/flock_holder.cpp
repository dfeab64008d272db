// fcntl(F_GETLK) tells that there is a lock of flock(2), and as its process -1; there are no timers
// that signal one thread.

#include "lib/platform/flock_holder.h"

namespace gs::platform {

pid_t flock_holder(int) {
  return 0;
}

std::string_view how_to_find_holder() {
  return "find who has it open: lsof";
}

Interrupts::Interrupts(std::chrono::milliseconds) {}

Interrupts::~Interrupts() = default;

}  // namespace gs::platform
