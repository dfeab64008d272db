#pragma once
// The clock and the time zone: the only place that asks the machine for them.

#include "lib/core/time.h"

namespace gs::store {

core::Instant now();
// For core::parse_time: local time's distance from UTC at that wall-clock time.
core::Seconds local_offset(core::Instant wall_clock);
// For people, in local time: "11:00", with the date before it when it is another day than `now`.
std::string format_local(core::Instant time, core::Instant now);

}  // namespace gs::store
