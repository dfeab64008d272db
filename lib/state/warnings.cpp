#include "lib/state/warnings.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <unistd.h>
#include <unordered_map>

#include "lib/core/ids.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/state/journal.h"

namespace gs::state {

namespace {

// Who or what it is about is compared as it is read back: bytes that are no text are lost in both.
std::string as_read(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = core::utf8_length(text.substr(at));
    out += length == 0 ? "\xef\xbf\xbd" : text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

Activity as_activity(const WarningLine& line) {
  const core::ImportConflict& conflict = line.conflict;
  Activity activity{line.time, line.agent, line.stream, "", {}};
  const auto add = [&](const char* name, std::string json) {
    activity.fields.emplace_back(name, std::move(json));
  };
  add("warning", json_text(conflict.sentence()));
  add("severity", json_text(core::conflict_level_name(conflict.level)));
  add("kind", json_text(core::conflict_kind_name(conflict.kind)));
  add("path", json_text(core::json_path(conflict.path)));
  add("line", std::to_string(conflict.line));
  add("module", json_text(conflict.module));
  add("other_agent", json_text(conflict.other_agent));
  if (!line.commit.empty()) add("commit", json_text(line.commit));
  return activity;
}

bool says_the_same(const Activity& there, const WarningLine& line) {
  const core::ImportConflict& conflict = line.conflict;
  const auto is = [&](const char* name, std::string_view text) {
    return log_field(there, name) == text;
  };
  if (!core::same_holder(there.agent, line.agent)) return false;
  if (line.agent.empty() && there.stream != line.stream) return false;
  return is("kind", core::conflict_kind_name(conflict.kind)) &&
         is("path", core::json_path(conflict.path)) && is("module", as_read(conflict.module)) &&
         core::same_holder(log_field(there, "other_agent"), conflict.other_agent);
}

// Text that every writer of JSON writes as it is.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c < '\x7f' &&
           std::string_view("\"\\/<>&'").find(c) == std::string_view::npos;
  });
}

// The longest text that a line must hold to be the same; empty: any line may be.
std::string needle_for(const core::ImportConflict& conflict) {
  const std::string_view path = conflict.path;
  const std::array candidates{path.substr(path.rfind('/') + 1), std::string_view(conflict.module)};
  std::string best;
  for (const std::string_view text : candidates) {
    if (is_plain(text) && text.size() > best.size()) best = text;
  }
  return best.empty() ? best : best + '"';
}

// Passes over a log for one warning: lines without the needle are not looked at.
class Search {
 public:
  explicit Search(const WarningLine& line) : line_(line), needle_(needle_for(line.conflict)) {}

  // Whether one of the whole lines in this text is the warning.
  bool finds_in(std::string_view lines) const {
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t hit = lines.find(needle_, at);
      if (hit == lines.npos) return false;
      const std::size_t before = hit == 0 ? lines.npos : lines.rfind('\n', hit - 1);
      const std::size_t begin = before == lines.npos ? 0 : before + 1;
      const std::size_t end = std::min(lines.find('\n', hit), lines.size());
      at = end + 1;
      if (end - begin > kLongestLine) continue;
      const auto there = parse_log_line(lines.substr(begin, end - begin));
      if (there && says_the_same(there->activity, line_)) return true;
    }
    return false;
  }

 private:
  const WarningLine& line_;
  std::string needle_;
};

std::string read_some(const LogWriter& log, const std::filesystem::path& file, std::size_t from) {
  constexpr std::size_t kMostRead = std::size_t{1} << 20;
  std::string bytes(std::min(kMostRead, log.size() - from), '\0');
  ssize_t count = 0;
  do {
    count = pread(log.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(from));
  } while (count < 0 && errno == EINTR);
  if (count < 0) fail("read", file, errno);
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

// Hands over whole lines, many at a time, until it is told that this is enough. Read, not mapped:
// people empty logs with `>`, and a mapping would not survive that.
void each_part(const LogWriter& log, const std::filesystem::path& file,
               const std::function<bool(std::string_view)>& is_enough) {
  std::string pending;
  for (std::size_t at = 0; at < log.size();) {
    const std::string bytes = read_some(log, file, at);
    if (bytes.empty()) break;
    at += bytes.size();
    pending += bytes;
    const std::size_t whole = pending.rfind('\n') + 1;  // 0: none
    if (is_enough(std::string_view(pending).substr(0, whole))) return;
    pending.erase(0, whole);
    if (pending.size() > kLongestLine) pending.resize(kLongestLine + 1);
  }
  is_enough(pending);
}

// What two that are the same (see says_the_same) have in common.
std::size_t hash_of(std::string_view kind, std::string_view path, std::string_view module) {
  std::string text(kind);
  for (const std::string_view part : {path, module}) text.append(1, '\n').append(part);
  return std::hash<std::string>()(text);
}
std::size_t hash_of(const Activity& there) {
  return hash_of(log_field(there, "kind"), log_field(there, "path"), log_field(there, "module"));
}
std::size_t hash_of(const WarningLine& line) {
  const core::ImportConflict& conflict = line.conflict;
  return hash_of(core::conflict_kind_name(conflict.kind), core::json_path(conflict.path),
                 as_read(conflict.module));
}

// Which of the warnings are in the log, in one pass over it.
std::vector<bool> known_of(const LogWriter& log, const std::filesystem::path& file,
                           std::span<const WarningLine> lines) {
  std::unordered_multimap<std::size_t, std::size_t> wanted;
  for (std::size_t i = 0; i < lines.size(); ++i) wanted.emplace(hash_of(lines[i]), i);
  std::vector<bool> known(lines.size());
  each_part(log, file, [&](std::string_view part) {
    while (!part.empty()) {
      const std::string_view text = core::take_line(part);
      const auto there = text.size() > kLongestLine ? std::nullopt : parse_log_line(text);
      if (!there) continue;
      const auto [first, last] = wanted.equal_range(hash_of(there->activity));
      for (auto at = first; at != last; ++at) {
        if (says_the_same(there->activity, lines[at->second])) known[at->second] = true;
      }
    }
    return false;
  });
  return known;
}

}  // namespace

Activity warned_line(const WarningLine& line) {
  Activity activity = as_activity(line);
  activity.action = "warned";
  return activity;
}

bool append_warning_once(const std::filesystem::path& log, const WarningLine& line) {
  LogWriter writer(log);
  const Search search(line);
  bool known = false;
  each_part(writer, log,
            [&](std::string_view part) { return known = known || search.finds_in(part); });
  if (!known) writer.add(as_activity(line));
  return !known;
}

bool was_warned(const std::filesystem::path& log, const WarningLine& line) {
  const LogRead read = read_log(log, {});
  return std::any_of(read.lines.begin(), read.lines.end(), [&](const LogLine& there) {
    return there.activity.time <= line.time && says_the_same(there.activity, line);
  });
}

std::vector<bool> append_warnings_once(const std::filesystem::path& log,
                                       std::span<const WarningLine> lines) {
  constexpr std::size_t kFew = 4;  // to look for each of so few costs less than to read all lines
  std::vector<bool> fresh(lines.size());
  if (lines.size() <= kFew) {
    for (std::size_t i = 0; i < lines.size(); ++i) fresh[i] = append_warning_once(log, lines[i]);
    return fresh;
  }
  LogWriter writer(log);
  fresh = known_of(writer, log, lines);
  fresh.flip();
  std::vector<Activity> added;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (fresh[i]) added.push_back(as_activity(lines[i]));
  }
  if (!added.empty()) writer.add(added);
  return fresh;
}

}  // namespace gs::state
