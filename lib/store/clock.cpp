#include "lib/store/clock.h"

#include <ctime>
#include <fmt/format.h>

namespace gs::store {

namespace {

std::tm utc_fields(core::Instant time) {
  using namespace std::chrono;
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::tm fields{};
  fields.tm_year = static_cast<int>(date.year()) - 1900;
  fields.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  fields.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  fields.tm_hour = static_cast<int>(clock.hours().count());
  fields.tm_min = static_cast<int>(clock.minutes().count());
  fields.tm_sec = static_cast<int>(clock.seconds().count());
  return fields;
}

}  // namespace

core::Instant now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

core::Seconds local_offset(core::Instant wall_clock) {
  std::tm fields = utc_fields(wall_clock);
  fields.tm_isdst = -1;
  fields.tm_wday = -1;  // stays so only when mktime fails: -1 is a time as well
  const std::time_t utc = std::mktime(&fields);
  if (fields.tm_wday < 0) return core::Seconds{0};
  return wall_clock.time_since_epoch() - core::Seconds{utc};
}

std::string format_local(core::Instant time, core::Instant now) {
  const std::time_t then_seconds = time.time_since_epoch().count();
  const std::time_t now_seconds = now.time_since_epoch().count();
  std::tm then{}, today{};
  if (localtime_r(&then_seconds, &then) == nullptr || localtime_r(&now_seconds, &today) == nullptr)
    return core::format_utc(time);
  const std::string clock = fmt::format("{:02}:{:02}", then.tm_hour, then.tm_min);
  if (then.tm_year == today.tm_year && then.tm_yday == today.tm_yday) return clock;
  return fmt::format("{:04}-{:02}-{:02} {}", then.tm_year + 1900, then.tm_mon + 1, then.tm_mday,
                     clock);
}

}  // namespace gs::store
