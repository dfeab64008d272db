#include "lib/core/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>

namespace gs::core {

namespace {

using std::chrono::days;

// Reads exactly `count` digits and moves on; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool drop_fraction(std::string_view& text) {
  if (!take(text, '.') && !take(text, ',')) return true;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(digits);
  return digits > 0;
}

// "Z", "+02:00", "+0200", or "-05": how far ahead of UTC; nothing when it is none of them.
std::optional<Seconds> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return Seconds{0};
  const bool minus = !text.empty() && text.front() == '-';
  if (!minus && (text.empty() || text.front() != '+')) return std::nullopt;
  text.remove_prefix(1);
  const int hours = take_digits(text, 2);
  if (hours < 0 || hours > 23) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    minutes = take_digits(text, 2);
    if (minutes < 0 || minutes > 59) return std::nullopt;
  }
  const Seconds offset{(hours * 60 + minutes) * 60};
  return minus ? -offset : offset;
}

}  // namespace

std::string format_utc(Instant time) {
  using namespace std::chrono;
  constexpr Instant kFirst = sys_days{year{0} / 1 / 1};
  constexpr Instant kLast = sys_days{year{9999} / 12 / 31} + 23h + 59min + 59s;
  time = std::clamp(time, kFirst, kLast);
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string format_local(Instant time, Instant now, OffsetAt offset) {
  const std::string text = format_utc(time + offset(time));  // 2025-12-06T10:00:00Z
  const std::string today = format_utc(now + offset(now)).substr(0, 10);
  const std::string clock = text.substr(11, 5);
  return text.starts_with(today) ? clock : text.substr(0, 10) + " " + clock;
}

// Without a branch a byte: gates ask it of every lock, twice.
bool is_utc_text(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
  if (text.size() != kShape.size()) return false;
  bool fits = true;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const unsigned apart =
        static_cast<unsigned char>(text[i]) ^ unsigned { static_cast<unsigned char>(kShape[i]) };
    fits &= apart <= (kShape[i] == '0' ? 9U : 0U);
  }
  if (!fits) return false;
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int month = two(5), day = two(8);
  return month >= 1 && month <= 12 && day >= 1 &&
         day <= kDays[static_cast<std::size_t>(month - 1)] && two(11) <= 23 && two(14) <= 59 &&
         two(17) <= 59;
}

std::optional<Instant> parse_time(std::string_view text, LocalOffset local) {
  using namespace std::chrono;
  const int y = take_digits(text, 4);
  if (y < 0 || !take(text, '-')) return std::nullopt;
  const int m = take_digits(text, 2);
  if (m < 0 || !take(text, '-')) return std::nullopt;
  const int d = take_digits(text, 2);
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (d < 0 || !date.ok()) return std::nullopt;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ':')) return std::nullopt;
  const int second = take_digits(text, 2);
  if (second < 0 || second > 60 || !drop_fraction(text)) return std::nullopt;
  const Instant wall =
      sys_days{date} + hours{hour} + minutes{minute} + seconds{std::min(second, 59)};
  if (text.empty()) return wall - local(wall);
  const std::optional<Seconds> offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return wall - *offset;
}

namespace {

std::int64_t unit_seconds(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    default:
      return 0;
  }
}

}  // namespace

std::optional<Seconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kLongest = 100LL * 366 * 86400;
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  for (bool first = true; !text.empty(); first = false) {
    std::int64_t number = 0;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 10) return std::nullopt;
    for (const char c : text.substr(0, digits)) number = number * 10 + (c - '0');
    text.remove_prefix(digits);
    const bool bare = text.empty() && first;  // minutes
    const std::int64_t unit = bare ? 60 : text.empty() ? 0 : unit_seconds(text.front());
    if (unit == 0) return std::nullopt;
    if (!text.empty()) text.remove_prefix(1);
    total += number * unit;
    if (total > kLongest) return std::nullopt;
  }
  return Seconds{total};
}

namespace {

std::int64_t rounded_up(std::int64_t value, std::int64_t unit) {
  return value / unit + (value % unit == 0 ? 0 : 1);
}

}  // namespace

std::string format_duration(Seconds length) {
  const std::int64_t seconds = std::max<std::int64_t>(length.count(), 0);
  if (seconds < 60) return fmt::format("{} s", seconds);
  const std::int64_t minutes = rounded_up(seconds, 60);
  if (minutes < 120) return fmt::format("{} min", minutes);
  if (minutes < 48LL * 60) {
    return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60)
                             : fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  return fmt::format("{} d", rounded_up(minutes, 24LL * 60));
}

std::string format_duration_option(Seconds length) {
  const std::int64_t seconds = std::max<std::int64_t>(length.count(), 0);
  return seconds < 60 ? fmt::format("{}s", seconds) : fmt::format("{}m", rounded_up(seconds, 60));
}

}  // namespace gs::core
