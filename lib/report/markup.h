#pragma once
// Text as XML and HTML hold it, and words that every rendering of a report uses.

#include <string>
#include <string_view>

#include "lib/report/account.h"

namespace gs::report {

// For attributes in double quotes and for text alike. Bytes and characters that XML 1.0 has no way
// to say are replaced.
std::string xml(std::string_view text);

// "1a2b3c4d5e"
std::string short_id(std::string_view id);
// "2025-12-06 10:00" in local time (UTC, marked, where nobody knows the place).
std::string day_and_time(const Account& account, core::Instant time);
// "12.3 s", "4 min 5 s"
std::string duration_text(std::int64_t milliseconds);
std::string state_text(NodeState state);  // "in progress"

}  // namespace gs::report
