#pragma once
// Points in time and lengths of it. Nothing here reads a clock or a time zone: both are arguments.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gs::core {

using Instant = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

// RFC 3339 in UTC with `Z` and whole seconds: 2025-12-06T10:00:00Z. Years 0000 to 9999; a later or
// earlier instant is written as the nearest one that fits.
std::string format_utc(Instant time);
// Whether the text is as format_utc writes it; of 29 February, and of nothing else, it says no
// though it may be. For parse_time it is a time then.
bool is_utc_text(std::string_view text);

// How far local time is ahead of UTC at a local wall-clock time (given as if it were UTC).
using LocalOffset = Seconds (*)(Instant wall_clock);
// How far it is ahead at an instant: never ambiguous.
using OffsetAt = Seconds (*)(Instant instant);

// For people, in local time: "11:00", after its date when that is another day than now's.
std::string format_local(Instant time, Instant now, OffsetAt offset);

// RFC 3339 and what Python's datetime.isoformat() writes: 'T' or a space, an optional fraction
// (dropped), then 'Z', an offset, or nothing, which `local` resolves. Nothing on any other text.
std::optional<Instant> parse_time(std::string_view text, LocalOffset local);

// "90s", "35m", "2h", "1d", "1h30m", "0s"; a bare number is minutes. Nothing on anything else, and
// nothing beyond 100 years.
std::optional<Seconds> parse_duration(std::string_view text);

// For people, rounded up: "40 s", "35 min", "2 h 5 min", "3 d".
std::string format_duration(Seconds length);
// For commands, rounded up to what parse_duration reads: "40s", "35m", "125m".
std::string format_duration_option(Seconds length);

}  // namespace gs::core
