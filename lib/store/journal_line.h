#pragma once
// One line of a log: what it says, and whether a filter wants it.

#include <cstddef>
#include <optional>
#include <string_view>

#include "lib/store/journal.h"

namespace gs::store {

inline constexpr std::size_t kLogChunk = std::size_t{256} << 10;   // what is read of a log at once
inline constexpr std::size_t kLongestLine = std::size_t{1} << 20;  // beyond: no line of ours

bool is_blank(std::string_view text);
// Nothing when it is not one whole JSON object with a time.
std::optional<LogLine> parse_log_line(std::string_view text);
bool log_line_matches(const LogLine& line, const LogFilter& filter);

}  // namespace gs::store
