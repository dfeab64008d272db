#pragma once
// The clock and the time zone: the only place that asks the machine for them.

#include "lib/core/time.h"

namespace gs::state {

core::Instant now();
// For core::parse_time: local time's distance from UTC at that wall-clock time.
core::Seconds local_offset(core::Instant wall_clock);
// For core::format_local: its distance at that instant.
core::Seconds offset_at(core::Instant instant);

}  // namespace gs::state
