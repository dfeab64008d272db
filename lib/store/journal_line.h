#pragma once
// One line of a log: what it says, and whether a filter wants it.

#include <optional>
#include <string_view>

#include "lib/store/journal.h"

namespace gs::store {

bool is_blank(std::string_view text);
// Nothing when it is not one whole JSON object with a time.
std::optional<LogLine> parse_log_line(std::string_view text);
bool log_line_matches(const LogLine& line, const LogFilter& filter);

}  // namespace gs::store
