#include "lib/report/time_axis.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gs::report {

namespace {

using core::Instant;
using core::Seconds;

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::int64_t kMostSteps = 6;

// Each at most two and a half times the one before it: so that two lines at least are on any span.
constexpr std::array<std::int64_t, 17> kSteps{
    1,       2,           5,           10,           15,           30,
    kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute,
    kHour,   2 * kHour,   3 * kHour,   6 * kHour,    12 * kHour};

// 1, 2, 5, 10, 20, 50 … days, for as long as it takes.
std::int64_t step_in_days(std::int64_t span) {
  for (std::int64_t decade = kDay;; decade *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) {
      if (span / (decade * factor) < kMostSteps) return decade * factor;
    }
  }
}

std::int64_t step_of(std::int64_t span) {
  for (const std::int64_t step : kSteps) {
    if (span / step < kMostSteps) return step;
  }
  return step_in_days(span);
}

// A wall clock's time, as if the place were Greenwich.
class Clock {
 public:
  explicit Clock(core::OffsetAt offset) : offset_(offset) {}
  Seconds ahead(Instant time) const { return offset_ != nullptr ? offset_(time) : Seconds{0}; }
  std::string text(Instant time) const { return core::format_utc(time + ahead(time)); }
  std::string date(Instant time) const { return text(time).substr(0, 10); }
  std::string time(Instant time, std::size_t length) const { return text(time).substr(11, length); }

 private:
  core::OffsetAt offset_;
};

constexpr std::size_t kMinutes = 5, kSeconds = 8;  // lengths of "13:00" and "13:00:05"

// In months and days, where the year is the same all along.
std::string day_text(const std::string& date, bool years) {
  return years ? date : date.substr(5);
}

}  // namespace

std::vector<Tick> time_ticks(Instant from, Instant to, core::OffsetAt offset) {
  const Clock clock(offset);
  const std::int64_t step = step_of(std::max<std::int64_t>((to - from).count(), 1));
  const bool days = clock.date(from) != clock.date(to);
  const bool years = clock.date(from).substr(0, 4) != clock.date(to).substr(0, 4);
  const Seconds ahead = clock.ahead(from);
  const std::int64_t start = (from + ahead).time_since_epoch().count();
  std::int64_t wall = start - ((start % step) + step) % step;
  std::vector<Tick> ticks;
  std::string last;
  // One more than would do: when the clocks are put forward, what was past the end no longer is.
  for (std::int64_t i = 0; i <= kMostSteps + 2; ++i, wall += step) {
    Instant at = Instant(Seconds(wall)) - ahead;
    if (step > kHour) at -= clock.ahead(at) - ahead;  // clocks were changed since
    if (at < from || at > to) continue;
    const std::string date = clock.date(at);
    std::string text = step < kDay ? clock.time(at, step < kMinute ? kSeconds : kMinutes) : "";
    if (step >= kDay || (days && date != last))
      text = day_text(date, years) + (text.empty() ? "" : " ") + text;
    last = date;
    ticks.push_back({at, std::move(text)});
  }
  return ticks;
}

std::string period_text(Instant from, Instant to, core::OffsetAt offset) {
  const Clock clock(offset);
  const std::size_t length = (to - from).count() < 10 * kMinute ? kSeconds : kMinutes;
  const std::string first = clock.date(from), last = clock.date(to);
  return first + " " + clock.time(from, length) + " to " + (first == last ? "" : last + " ") +
         clock.time(to, length) + (offset == nullptr ? " UTC" : "");
}

}  // namespace gs::report
