#include "lib/state/clock.h"

#include <ctime>

namespace gs::state {

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

core::Seconds offset_at(core::Instant instant) {
  const std::time_t seconds = instant.time_since_epoch().count();
  std::tm fields{};
  if (localtime_r(&seconds, &fields) == nullptr) return core::Seconds{0};
  return core::Seconds{fields.tm_gmtoff};
}

}  // namespace gs::state
