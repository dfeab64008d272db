#include "lib/state/clock.h"

#include <cstdlib>
#include <ctime>
#include <fmt/core.h>

#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

class Zone {
 public:
  explicit Zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    unsetenv("TZ");
    tzset();
  }
};

// POSIX rules, so that no zone files are needed.
constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST(Clock, NowIsTheTime) {
  EXPECT_LE(std::abs(now().time_since_epoch().count() - std::time(nullptr)), 1);
}

TEST(Clock, LocalOffsetFollowsSummerTime) {
  const Zone zone(kBerlin);
  EXPECT_EQ(local_offset(at("2025-12-06T10:00:00Z")), core::Seconds{3600});
  EXPECT_EQ(local_offset(at("2025-07-06T10:00:00Z")), core::Seconds{7200});
  EXPECT_EQ(local_offset(at("9999-12-31T10:00:00Z")), core::Seconds{3600});
  EXPECT_EQ(at("2025-12-06T10:00:00"), at("2025-12-06T09:00:00Z"));
}

TEST(Clock, FormatsLocally) {
  const Zone zone(kBerlin);
  const auto shown = [](const char* time, const char* now) {
    return core::format_local(at(time), at(now), &offset_at);
  };
  EXPECT_EQ(shown("2025-12-06T10:00:00Z", "2025-12-06T22:59:00Z"), "11:00");
  EXPECT_EQ(shown("2025-12-06T23:30:00Z", "2025-12-06T22:59:00Z"), "2025-12-07 00:30");
  EXPECT_EQ(shown("9999-12-31T10:00:00Z", "2025-12-06T10:00:00Z"), "9999-12-31 11:00");
}

// Summer time begins at 01:00 UTC: within an hour of it, a wall-clock time is another instant.
TEST(Clock, FormatsAroundTheChangeToSummerTime) {
  const Zone zone(kBerlin);
  const auto shown = [](const char* time) {
    return core::format_local(at(time), at("2025-03-30T00:00:00Z"), &offset_at);
  };
  EXPECT_EQ(shown("2025-03-30T00:59:00Z"), "01:59");
  EXPECT_EQ(shown("2025-03-30T01:00:00Z"), "03:00");
  EXPECT_EQ(shown("2025-03-30T02:30:00Z"), "04:30");
}

// One second before 1970 is what mktime also answers when it fails.
TEST(Clock, KnowsTheSecondBeforeTheEpoch) {
  const Zone zone("XXX-1");
  EXPECT_EQ(local_offset(at("1970-01-01T00:59:59Z")), core::Seconds{3600});
}

}  // namespace
}  // namespace gs::state
