#pragma once
// The append-only logs, agent_activity.jsonl and conflict_warnings.jsonl: a JSON object a line.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/time.h"
#include "lib/state/files.h"

namespace gs::state {

struct Activity {
  core::Instant time{};
  std::string agent, stream, action;
  // Further members in order, each value JSON already ("\"llm/a.py\"", "5", "true").
  std::vector<std::pair<std::string, std::string>> fields;
};

// One line, one write() on O_APPEND under a lock on the log itself; a torn last line of somebody
// who died is closed first. Throws core::Error (broken) when it cannot be written whole.
void append(const std::filesystem::path& log, const Activity& activity);

// A log that is locked for writing, as long as this lives.
class LogWriter {
 public:
  // Makes the log if there is none. Throws core::Error (broken) when it cannot be written.
  explicit LogWriter(const std::filesystem::path& log);

  int descriptor() const { return file_.get(); }
  std::size_t size() const { return size_; }
  // Once at most: as append() does it.
  void add(const Activity& activity) { add(std::span(&activity, 1)); }
  void add(std::span<const Activity> activities);  // all of them in one write

 private:
  bool ends_torn() const;

  const std::filesystem::path log_;
  Descriptor file_;
  std::size_t size_ = 0;
};

// A line that was read: the known members, and the whole line as it stands.
struct LogLine {
  Activity activity;  // `fields` holds every further member, in order
  std::string text;
};

// Nothing when it is not one whole JSON object with a time, or longer than kLongestLine.
std::optional<LogLine> parse_log_line(std::string_view text);
inline constexpr std::size_t kLongestLine = std::size_t{1} << 20;

// A further member as plain text: a string's content, anything else as it stands; empty when it is
// not there.
std::string log_field(const Activity& activity, std::string_view name);
// A JSON text as plain text: a string's content, anything else in one line.
std::string plain_value(std::string_view json);
// JSON text for Activity::fields; bytes of a path that are no UTF-8 as core::json_path has them.
std::string json_text(std::string_view text);
std::string json_path_text(std::string_view path);
// An array of texts; what is no text is left out.
std::vector<std::string> plain_texts(std::string_view json);
// An array of objects, each as its members' plain values; what is no object is left out.
std::vector<std::map<std::string, std::string>> plain_objects(std::string_view json);

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
// All lines of one action.
std::vector<LogLine> read_actions(const std::filesystem::path& log, std::string_view action);

// Calls `each` for every further matching line until it returns false. Survives the log's
// truncation and replacement. Woken by the system, at the latest every second.
void follow_log(const std::filesystem::path& log, const LogFilter& filter, std::uint64_t from,
                const std::function<bool(const LogLine&)>& each);

// From a log's end: who was last heard of, without reading every line as a whole.

// Which group (a dense number) a line belongs to, by its stream and agent; nothing: to none.
using LineGroup =
    std::function<std::optional<std::size_t>(std::string_view stream, std::string_view agent)>;

// The last line of each of `groups` groups, as far as the log's last 64 MiB have one. A missing log
// is empty; what is no line of ours is passed over.
std::vector<std::optional<Activity>> last_activities(const std::filesystem::path& log,
                                                     std::size_t groups, const LineGroup& group);

// The last lines of an action, not more than `most`, oldest first.
LogRead recent_lines(const std::filesystem::path& log, std::string_view action, std::size_t most);

// How many lines each group has that are not older than its time; none are counted where it has no
// time.
std::vector<std::size_t> count_since(const std::filesystem::path& log,
                                     const std::vector<std::optional<core::Instant>>& since,
                                     const LineGroup& group);

}  // namespace gs::state
