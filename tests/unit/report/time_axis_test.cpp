#include <gmock/gmock.h>

#include "lib/report/pictures.h"

namespace gs::report {
namespace {

using core::Seconds;
using testing::ElementsAre;

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;

core::Instant time(std::string_view text) {
  return core::parse_time(text, nullptr).value();
}

std::vector<std::string> shown(std::string_view from, std::int64_t span,
                               core::OffsetAt offset = nullptr) {
  std::vector<std::string> texts;
  for (const Tick& tick : time_ticks(time(from), time(from) + Seconds(span), offset))
    texts.push_back(tick.text);
  return texts;
}

// As in Berlin in 2025: an hour ahead until 2:00 on 30 March, two until 3:00 on 26 October.
Seconds berlin(core::Instant instant) {
  return instant >= time("2025-03-30T01:00:00Z") && instant < time("2025-10-26T01:00:00Z")
             ? Seconds(2 * kHour)
             : Seconds(kHour);
}

TEST(TimeAxis, HasStepsThatFitTheSpan) {
  EXPECT_THAT(shown("2025-12-06T13:00:07Z", 1), ElementsAre("13:00:07", "13:00:08"));
  EXPECT_THAT(shown("2025-12-06T13:00:07Z", 24),
              ElementsAre("13:00:10", "13:00:15", "13:00:20", "13:00:25", "13:00:30"));
  EXPECT_THAT(shown("2025-12-06T13:00:07Z", 5 * kMinute),
              ElementsAre("13:01", "13:02", "13:03", "13:04", "13:05"));
  EXPECT_THAT(shown("2025-12-06T13:00:07Z", 4 * kHour),
              ElementsAre("14:00", "15:00", "16:00", "17:00"));
}

TEST(TimeAxis, SaysTheDayWhereItChanges) {
  EXPECT_THAT(shown("2025-12-06T23:59:57Z", 5),
              ElementsAre("12-06 23:59:57", "23:59:58", "23:59:59", "12-07 00:00:00", "00:00:01",
                          "00:00:02"));
  EXPECT_THAT(shown("2025-12-06T20:30:00Z", 20 * kHour),
              ElementsAre("12-07 00:00", "06:00", "12:00"));
  EXPECT_THAT(shown("2025-12-06T20:30:00Z", 5 * kDay),
              ElementsAre("12-07", "12-08", "12-09", "12-10", "12-11"));
}

TEST(TimeAxis, SaysTheYearWhereItIsNotTheSame) {
  EXPECT_THAT(shown("2025-12-31T23:00:00Z", 2 * kHour),
              ElementsAre("2025-12-31 23:00", "23:30", "2026-01-01 00:00", "00:30", "01:00"));
  EXPECT_THAT(shown("2025-12-06T20:30:00Z", 60 * kDay),
              ElementsAre("2025-12-18", "2026-01-07", "2026-01-27"));
}

TEST(TimeAxis, IsRoundInTheTimeOfThePlace) {
  EXPECT_THAT(shown("2025-12-06T22:30:00Z", 4 * kHour, &berlin),
              ElementsAre("12-07 00:00", "01:00", "02:00", "03:00"));
  EXPECT_THAT(shown("2025-03-29T20:00:00Z", 20 * kHour, &berlin),
              ElementsAre("03-30 00:00", "06:00", "12:00", "18:00"));
  EXPECT_THAT(shown("2025-10-25T21:00:00Z", 20 * kHour, &berlin),
              ElementsAre("10-26 00:00", "06:00", "12:00", "18:00"));
  EXPECT_THAT(shown("2025-03-29T23:00:00Z", 4 * kHour, &berlin),
              ElementsAre("00:00", "01:00", "03:00", "04:00", "05:00"));
  EXPECT_THAT(shown("2025-03-27T12:00:00Z", 5 * kDay, &berlin),
              ElementsAre("03-28", "03-29", "03-30", "03-31", "04-01"));
}

// Every span that a log can have, from its first second to all that can be written.
TEST(TimeAxis, HasTwoToSevenLinesOnAnySpan) {
  for (const std::string_view start :
       {"0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2025-03-29T23:07:41Z"}) {
    for (std::int64_t span = 1; span < 8000 * 365 * kDay; span += 1 + span / 50) {
      const core::Instant from = time(start), to = from + Seconds(span);
      const std::vector<Tick> ticks = time_ticks(from, to, &berlin);
      ASSERT_GE(ticks.size(), 2U) << start << " and " << span;
      ASSERT_LE(ticks.size(), 7U) << start << " and " << span;
      ASSERT_GE(ticks.front().at, from);
      ASSERT_LE(ticks.back().at, to);
      for (std::size_t i = 1; i < ticks.size(); ++i) {
        ASSERT_LT(ticks[i - 1].at, ticks[i].at);
        ASSERT_NE(ticks[i - 1].text, ticks[i].text) << start << " and " << span;
      }
    }
  }
}

TEST(TimeAxis, APeriodIsAsExactAsItIsShort) {
  const core::Instant from = time("2025-12-06T13:00:07Z");
  EXPECT_EQ(period_text(from, from + Seconds(17), nullptr), "2025-12-06 13:00:07 to 13:00:24 UTC");
  EXPECT_EQ(period_text(from, from + Seconds(2 * kHour), &berlin), "2025-12-06 14:00 to 16:00");
  EXPECT_EQ(period_text(from, from + Seconds(2 * kDay), &berlin),
            "2025-12-06 14:00 to 2025-12-08 14:00");
}

}  // namespace
}  // namespace gs::report
