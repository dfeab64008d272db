#pragma once
// The append-only logs: agent_activity.jsonl and conflict_warnings.jsonl.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/time.h"

namespace gs::store {

struct Activity {
  core::Instant time{};
  std::string agent, stream, action;
  // Further members in order, each value JSON already ("\"llm/a.py\"", "5", "true").
  std::vector<std::pair<std::string, std::string>> fields;
};

// One line, one write() on O_APPEND under a lock on the log itself; a torn last line of somebody
// who died is closed first. Throws core::Error (broken) when it cannot be written whole.
void append(const std::filesystem::path& log, const Activity& activity);

// A line that was read: the known members, and the whole line as it stands.
struct LogLine {
  Activity activity;  // `fields` holds every further member, in order
  std::string text;
};

// A further member as plain text: a string's content, anything else as it stands; empty when it is
// not there.
std::string log_field(const Activity& activity, std::string_view name);

struct LogFilter {
  std::optional<std::string> agent, action, stream;  // an agent's name in either form
  std::optional<core::Instant> since;
  std::vector<std::string> severities;  // of a warning, any of these; empty: all, and activities
  std::size_t last = 0;                 // only the last N that match; 0: all
};

struct LogRead {
  std::vector<LogLine> lines;
  std::size_t torn = 0;   // lines that are not whole JSON objects with a time: skipped
  std::uint64_t end = 0;  // the offset after the last whole line: where following goes on
};

// A missing log is empty. `from` is an offset that a LogRead ended at.
LogRead read_log(const std::filesystem::path& log, const LogFilter& filter, std::uint64_t from = 0);

// Calls `each` for every further matching line until it returns false. Survives the log's
// truncation and replacement. Woken by inotify, at the latest every second.
void follow_log(const std::filesystem::path& log, const LogFilter& filter, std::uint64_t from,
                const std::function<bool(const LogLine&)>& each);

}  // namespace gs::store
