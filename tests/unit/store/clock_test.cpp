#include "lib/store/clock.h"

#include <cstdlib>
#include <ctime>

#include "tests/unit/store/state_test_support.h"

namespace gs::store {
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
  EXPECT_EQ(format_local(at("2025-12-06T10:00:00Z"), at("2025-12-06T22:59:00Z")), "11:00");
  EXPECT_EQ(format_local(at("2025-12-06T23:30:00Z"), at("2025-12-06T22:59:00Z")),
            "2025-12-07 00:30");
  EXPECT_EQ(format_local(at("9999-12-31T10:00:00Z"), at("2025-12-06T10:00:00Z")),
            "9999-12-31 11:00");
}

// One second before 1970 is what mktime also answers when it fails.
TEST(Clock, KnowsTheSecondBeforeTheEpoch) {
  const Zone zone("XXX-1");
  EXPECT_EQ(local_offset(at("1970-01-01T00:59:59Z")), core::Seconds{3600});
}

}  // namespace
}  // namespace gs::store
