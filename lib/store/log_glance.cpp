#include "lib/store/log_glance.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "lib/store/journal_line.h"
#include "lib/store/json_cursor.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kFarthest = std::uint64_t{64} << 20;

// The members that every writer of ours puts first. False when the line begins otherwise.
struct Head {
  std::string_view time, agent, stream;

  bool read(std::string_view line) {
    JsonCursor cursor(line);
    std::string_view name;
    if (!cursor.take('{') || !cursor.plain_string(name) || name != "timestamp" ||
        !cursor.take(':') || !cursor.plain_string(time) || !cursor.take(',') ||
        !cursor.plain_string(name) || name != "agent" || !cursor.take(':') ||
        !cursor.plain_string(agent))
      return false;
    if (!cursor.take(',') || !cursor.plain_string(name)) return false;
    return name != "stream" || (cursor.take(':') && cursor.plain_string(stream));
  }
};

// Calls `each(line)` for the lines from the last one back, until it returns false. Read, not
// mapped: people empty logs with `>`, and a mapping would not survive that.
template <class Each>
void each_line_back(const fs::path& log, const Each& each) {
  const Descriptor file = open_file(log, O_RDONLY);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return;
    fail("read", log, errno);
  }
  std::uint64_t at = regular_size(file.get(), log);
  const std::uint64_t stop = at - std::min(at, kFarthest);
  std::string text;  // from `at` to the first line break that was not passed yet
  bool more = true;
  while (more && at > stop) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kLogChunk, at - stop));
    if (text.size() > kLongestLine) text.clear();
    text.insert(0, length, '\0');
    ssize_t count = 0;
    do {
      count = pread(file.get(), text.data(), length, static_cast<off_t>(at - length));
    } while (count < 0 && errno == EINTR);
    if (count < 0) fail("read", log, errno);
    if (static_cast<std::size_t>(count) != length) return;  // it was cut under our eyes
    at -= length;
    std::size_t end = text.size();
    while (more && end > 0) {
      const std::size_t newline = text.rfind('\n', end - 1);
      if (newline == text.npos) break;
      const std::string_view line = std::string_view(text).substr(newline + 1, end - newline - 1);
      if (!line.empty()) more = each(line);  // after the last line break, nothing
      end = newline;
    }
    text.resize(end);
  }
  if (more && at == 0 && !text.empty()) each(text);
}

}  // namespace

std::vector<std::optional<Activity>> last_activities(const fs::path& log, std::size_t groups,
                                                     const LineGroup& group) {
  std::vector<std::optional<Activity>> last(groups);
  std::size_t missing = groups;
  if (groups == 0) return last;
  each_line_back(log, [&](std::string_view text) {
    Head head;
    const bool plain = head.read(text);
    if (plain) {
      const auto number = group(head.stream, head.agent);
      if (!number || last[*number]) return true;
    }
    auto line = parse_log_line(text);
    if (!line) return true;
    const auto number = group(line->activity.stream, line->activity.agent);
    if (!number || last[*number]) return true;
    last[*number] = std::move(line->activity);
    return --missing > 0;
  });
  return last;
}

std::vector<std::size_t> count_since(const fs::path& log,
                                     const std::vector<std::optional<core::Instant>>& since,
                                     const LineGroup& group) {
  std::vector<std::size_t> counts(since.size());
  std::vector<std::string> begins;  // times as texts compare as times do
  for (const auto& time : since) begins.push_back(time ? core::format_utc(*time) : "");
  if (std::none_of(since.begin(), since.end(), [](const auto& time) { return time.has_value(); }))
    return counts;
  each_line_back(log, [&](std::string_view text) {
    Head head;
    if (head.read(text) && is_plain_utc(head.time) && text.ends_with('}')) {
      const auto number = group(head.stream, head.agent);
      if (number && since[*number] && head.time >= begins[*number]) ++counts[*number];
    } else if (const auto line = parse_log_line(text)) {
      const auto number = group(line->activity.stream, line->activity.agent);
      if (number && since[*number] && line->activity.time >= *since[*number]) ++counts[*number];
    }
    return true;
  });
  return counts;
}

}  // namespace gs::store
