#include "lib/platform/boot_clock.h"

#include <fstream>
#include <gtest/gtest.h>
#include <thread>

namespace gs::platform {
namespace {

TEST(BootClock, CountsFromTheStartOfTheMachine) {
  double uptime = 0;  // proc(5): with the time that it was suspended
  if (!(std::ifstream("/proc/uptime") >> uptime)) GTEST_SKIP() << "there is no /proc here";
  const double seconds = std::chrono::duration<double>(boot_time()).count();
  EXPECT_NEAR(seconds, uptime, 2);
}

TEST(BootClock, GoesOn) {
  const BootTime before = boot_time();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_GE(boot_time() - before, std::chrono::milliseconds(5));
}

}  // namespace
}  // namespace gs::platform
