#include "lib/platform/boot_clock.h"

#include <ctime>

namespace gs::platform {

namespace {

// Where there is no CLOCK_BOOTTIME (macOS), CLOCK_MONOTONIC counts sleep.
#ifdef CLOCK_BOOTTIME
constexpr clockid_t kClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kClock = CLOCK_MONOTONIC;
#endif

}  // namespace

BootTime boot_time() {
  timespec time{};
  clock_gettime(kClock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace gs::platform
