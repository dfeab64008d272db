#pragma once
// Where a time axis has its lines, and what is written there: round times of the place, as fine as
// the span is short.

#include <string>
#include <vector>

#include "lib/core/time.h"

namespace gs::report {

struct Tick {
  core::Instant at{};
  std::string
      text;  // "13:00:05", "13:05"; after its date where a day begins; "12-06", "2025-12-06"
};

// Two to seven of them for any span of a second or more, in order, none outside of it. Without an
// offset the times are UTC.
std::vector<Tick> time_ticks(core::Instant from, core::Instant to, core::OffsetAt offset);

// "2025-12-06 13:00 to 15:30", with seconds where it is about seconds, with both dates where they
// differ.
std::string period_text(core::Instant from, core::Instant to, core::OffsetAt offset);

}  // namespace gs::report
