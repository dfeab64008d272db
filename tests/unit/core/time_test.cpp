#include "lib/core/time.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sstream>

#include "lib/core/error.h"
#include "lib/process/process.h"

namespace gs::core {
namespace {

Seconds utc(Instant) {
  return Seconds{0};
}
Seconds berlin_winter(Instant) {
  return Seconds{3600};
}

std::optional<std::int64_t> parsed(std::string_view text, LocalOffset local = utc) {
  const std::optional<Instant> time = parse_time(text, local);
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

constexpr std::int64_t kTen = 1765015200;  // 2025-12-06T10:00:00Z

TEST(Time, ReadsWhatOthersWrite) {
  for (const char* text :
       {"2025-12-06T10:00:00Z", "2025-12-06t10:00:00z", "2025-12-06 10:00:00Z",
        "2025-12-06T10:00:00.123456Z", "2025-12-06T10:00:00,9Z", "2025-12-06T10:00:00+00:00",
        "2025-12-06T12:30:00+02:30", "2025-12-06T12:30:00+0230", "2025-12-06T05:00:00-05",
        "2025-12-05T10:01:00.5-23:59", "2025-12-06T10:00:00"}) {
    EXPECT_EQ(parsed(text), kTen) << text;
  }
}

TEST(Time, WithoutAZoneIsLocal) {
  EXPECT_EQ(parsed("2025-12-06T11:00:00", berlin_winter), kTen);
  EXPECT_EQ(parsed("2025-12-06T11:00:00.25", berlin_winter), kTen);
  EXPECT_EQ(parsed("2025-12-06T10:00:00Z", berlin_winter), kTen);
}

TEST(Time, ALeapSecondIsTheSecondBefore) {
  EXPECT_EQ(parsed("2016-12-31T23:59:60Z"), parsed("2016-12-31T23:59:59Z"));
}

TEST(Time, RefusesAnythingElse) {
  for (const char* text : {"",
                           "2025",
                           "2025-12-06",
                           "2025-12-06T10",
                           "2025-12-06T10:00",
                           "2025-12-06T10:00Z",
                           "2025-12-06T10:00:00.Z",
                           "2025-12-06T10:00:00 Z",
                           "2025-12-06T10:00:00Zx",
                           "2025-12-06T10:00:00+",
                           "2025-12-06T10:00:00+2",
                           "2025-12-06T10:00:00+02:",
                           "2025-12-06T10:00:00+02:60",
                           "2025-12-06T10:00:00+24:00",
                           "2025-12-06T24:00:00Z",
                           "2025-12-06T10:60:00Z",
                           "2025-12-06T10:00:61Z",
                           "2025-02-29T10:00:00Z",
                           "2025-13-01T10:00:00Z",
                           "2025-00-01T10:00:00Z",
                           "2025-01-00T10:00:00Z",
                           "2025-04-31T10:00:00Z",
                           "+2025-12-06T10:00:00Z",
                           " 2025-12-06T10:00:00Z",
                           "2025-12-06_10:00:00Z",
                           "25-12-06T10:00:00Z",
                           "2025-1-06T10:00:00Z",
                           "12025-12-06T10:00:00Z"}) {
    EXPECT_EQ(parsed(text), std::nullopt) << text;
  }
}

TEST(Time, WritesWhatItReads) {
  for (const char* text : {"0000-01-01T00:00:00Z", "0000-02-29T12:00:00Z", "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00Z", "2000-02-29T00:00:00Z", "2025-12-06T10:00:00Z",
                           "2038-01-19T03:14:08Z", "9999-12-31T23:59:59Z"}) {
    ASSERT_TRUE(parse_time(text, utc)) << text;
    EXPECT_EQ(format_utc(*parse_time(text, utc)), text);
  }
}

TEST(Time, WritesTheNearestYearThatFits) {
  EXPECT_EQ(format_utc(Instant::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_utc(Instant::min()), "0000-01-01T00:00:00Z");
  EXPECT_EQ(format_utc(*parse_time("9999-12-31T23:59:59-12:00", utc)), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_utc(*parse_time("0000-01-01T00:00:00+12:00", utc)), "0000-01-01T00:00:00Z");
}

TEST(Time, AgreesWithPython) {
  process::Command command;
  command.argv = {"python3", "-c", R"(
import random
from datetime import datetime, timedelta, timezone
random.seed(7)
epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
for i in range(2000):
    zone = timezone(timedelta(minutes=random.choice([0, 0, 60, -300, 330, 1439, -1439])))
    time = datetime(random.randint(1, 9999), random.randint(1, 12), random.randint(1, 28), random.randint(0, 23),
                    random.randint(0, 59), random.randint(0, 59), random.choice([0, 0, 1, 999999]), zone)
    print(time.isoformat(random.choice('T ')), (time - epoch) // timedelta(seconds=1), sep='\t')
)"};
  process::Result result;
  try {
    result = process::run(command);
  } catch (const Error&) {
    GTEST_SKIP() << "no python3";
  }
  ASSERT_EQ(result.status, 0) << result.errors;
  std::istringstream lines(result.output);
  std::string text, number;
  int count = 0;
  for (; std::getline(lines, text, '\t') && std::getline(lines, number); ++count) {
    EXPECT_EQ(parsed(text), std::stoll(number)) << text;
  }
  EXPECT_EQ(count, 2000);
}

std::int64_t duration(std::string_view text) {
  const std::optional<Seconds> length = parse_duration(text);
  return length ? length->count() : -1;
}

TEST(Duration, IsRead) {
  EXPECT_EQ(duration("90s"), 90);
  EXPECT_EQ(duration("35m"), 2100);
  EXPECT_EQ(duration("2h"), 7200);
  EXPECT_EQ(duration("1d"), 86400);
  EXPECT_EQ(duration("1h30m"), 5400);
  EXPECT_EQ(duration("1d2h3m4s"), 93784);
  EXPECT_EQ(duration("0s"), 0);
  EXPECT_EQ(duration("0"), 0);
  EXPECT_EQ(duration("15"), 900);
  EXPECT_EQ(duration("36600d"), 36600LL * 86400);
}

TEST(Duration, IsRefused) {
  for (const char* text : {"", "m", "1x", "-1m", "+1m", "1.5h", "1h30", "0s5", " 1m", "1m ", "1 m",
                           "36601d", "99999999999s", "9999999999d", "18446744073709551616", "1H"}) {
    EXPECT_EQ(duration(text), -1) << text;
  }
}

TEST(Duration, IsWrittenForPeople) {
  const auto text = [](std::int64_t seconds) { return format_duration(Seconds{seconds}); };
  EXPECT_EQ(text(-5), "0 s");
  EXPECT_EQ(text(40), "40 s");
  EXPECT_EQ(text(60), "1 min");
  EXPECT_EQ(text(61), "2 min");
  EXPECT_EQ(text(35 * 60), "35 min");
  EXPECT_EQ(text(119 * 60 + 1), "2 h");
  EXPECT_EQ(text(125 * 60), "2 h 5 min");
  EXPECT_EQ(text(48 * 3600), "2 d");
  EXPECT_EQ(text(48 * 3600 + 1), "3 d");
  EXPECT_EQ(format_duration(Seconds::max()), "106751991167301 d");
}

TEST(Duration, IsWrittenForCommandsSoThatItReadsBack) {
  EXPECT_EQ(format_duration_option(Seconds{-1}), "0s");
  EXPECT_EQ(format_duration_option(Seconds{40}), "40s");
  EXPECT_EQ(format_duration_option(Seconds{125 * 60}), "125m");
  for (const std::int64_t seconds :
       {0LL, 1LL, 59LL, 60LL, 61LL, 3599LL, 3600LL, 86401LL, 36500LL * 86400}) {
    const std::int64_t back = duration(format_duration_option(Seconds{seconds}));
    EXPECT_GE(back, seconds);
    EXPECT_LT(back, seconds + 60);
  }
}

// What it takes for plain is a time; and every day is plain but one in four years, lest all be slow
// at the end of a month.
TEST(Time, UtcTextIsEveryDayButTheLeapDay) {
  constexpr auto no_offset = [](Instant) { return Seconds{0}; };
  for (int year = 2023; year <= 2024; ++year) {
    for (int month = 0; month <= 13; ++month) {
      for (int day = 0; day <= 32; ++day) {
        const std::string text = fmt::format("{}-{:02}-{:02}T23:59:59Z", year, month, day);
        const auto time = parse_time(text, no_offset);
        const bool real = time && format_utc(*time) == text;
        EXPECT_EQ(is_utc_text(text), real && !(month == 2 && day == 29)) << text;
      }
    }
  }
}

}  // namespace
}  // namespace gs::core
