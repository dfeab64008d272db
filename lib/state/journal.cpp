#include "lib/state/journal.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/ids.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/platform/folder_watch.h"
#include "lib/state/clock.h"
#include "lib/state/flock.h"

namespace gs::state {

namespace fs = std::filesystem;

namespace {

// A warning has no action, and a stream only if it is known; an activity always has both.
std::string to_line(const Activity& activity) {
  core::JsonWriter json;
  json.begin_object();
  json.member("timestamp", core::format_utc(activity.time));
  json.member("agent", activity.agent);
  if (!activity.stream.empty() || !activity.action.empty()) json.member("stream", activity.stream);
  if (!activity.action.empty()) json.member("action", activity.action);
  for (const auto& [name, value] : activity.fields) json.key(name).raw(value);
  std::string line = json.end_object().take();
  // Between JSON's tokens a line break is white space; within them there is none.
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line + '\n';
}

}  // namespace

// Opened again if it was removed or replaced while we waited for the lock.
LogWriter::LogWriter(const std::filesystem::path& log) : log_(log) {
  for (;;) {
    file_ = open_file(log, O_RDWR | O_APPEND | O_CREAT);
    if (!file_) fail_state("write", log, errno);
    regular_size(file_.get(), log);
    take_lock(file_.get(), log, Hold::exclusive);
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) fail_state("write", log, errno);
    size_ = static_cast<std::size_t>(status.st_size);
    if (status.st_nlink > 0) return;
  }
}

bool LogWriter::ends_torn() const {
  char last = '\n';
  if (size_ == 0) return false;
  return pread(file_.get(), &last, 1, static_cast<off_t>(size_) - 1) == 1 && last != '\n';
}

void LogWriter::add(std::span<const Activity> activities) {
  std::string line = ends_torn() ? "\n" : "";
  for (const Activity& activity : activities) line += to_line(activity);
  ssize_t count = 0;
  do {
    count = write(file_.get(), line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(line.size())) return;
  const int error = count < 0 ? errno : ENOSPC;
  // Half a line is worse than none; if it cannot be taken back, readers skip it.
  if (count > 0 && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
    fail_state("write", log_, errno);
  }
  fail_state("write", log_, error);
}

void append(const std::filesystem::path& log, const Activity& activity) {
  LogWriter(log).add(activity);
}

// One line.

namespace {

using core::Json;
using core::JsonKind;
using core::JsonReader;

constexpr core::JsonOptions kAnyKeys{.repeated_keys = true};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

// The member's value: a text that we know, or a further field as it stands.
void read_field(JsonReader& reader, std::string_view text, std::string name, Activity& activity) {
  std::string* const known = name == "agent"    ? &activity.agent
                             : name == "stream" ? &activity.stream
                             : name == "action" ? &activity.action
                                                : nullptr;
  if (known != nullptr && reader.kind() == JsonKind::string) {
    *known = reader.string().text();
    return;
  }
  const std::size_t begin = reader.position();
  reader.skip();
  const std::string_view value = text.substr(begin, reader.taken() - begin);
  activity.fields.emplace_back(std::move(name), value);
}

std::optional<core::Instant> read_time(JsonReader& reader) {
  if (reader.kind() != JsonKind::string) return std::nullopt;
  return core::parse_time(reader.string().text(), local_offset);
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view text) {
  if (text.size() > kLongestLine) return std::nullopt;
  while (text.ends_with('\r')) text.remove_suffix(1);
  try {
    LogLine line;
    std::optional<core::Instant> time;
    JsonReader reader(text, kAnyKeys);
    reader.begin_object();
    while (const auto name = reader.next_member()) {
      if (*name != "timestamp") {
        read_field(reader, text, name->text(), line.activity);
      } else if (time) {
        reader.skip();
      } else if (!(time = read_time(reader))) {
        return std::nullopt;
      }
    }
    reader.end();
    if (!time) return std::nullopt;
    line.activity.time = *time;
    line.text = text;
    return line;
  } catch (const core::JsonError&) {
    return std::nullopt;
  }
}

namespace {

std::string plain(const Json& value) {
  return value.string() != nullptr ? *value.string() : core::compact_json(value);
}

std::optional<Json> parsed(std::string_view json) {
  try {
    return core::parse_json(json, kAnyKeys);
  } catch (const core::JsonError&) {
    return std::nullopt;
  }
}

}  // namespace

std::string plain_value(std::string_view json) {
  const auto value = parsed(json);
  return value ? plain(*value) : std::string(json);
}

std::string json_text(std::string_view text) {
  return core::JsonWriter().value(text).take();
}

std::string json_path_text(std::string_view path) {
  return json_text(core::json_path(path));
}

std::vector<std::string> plain_texts(std::string_view json) {
  std::vector<std::string> texts;
  const auto array = parsed(json);
  if (!array || array->array() == nullptr) return texts;
  for (const Json& element : *array->array()) {
    if (element.string() != nullptr) texts.push_back(plain(element));
  }
  return texts;
}

std::vector<std::map<std::string, std::string>> plain_objects(std::string_view json) {
  std::vector<std::map<std::string, std::string>> objects;
  const auto array = parsed(json);
  if (!array || array->array() == nullptr) return objects;
  for (const Json& element : *array->array()) {
    if (element.object() == nullptr) continue;
    auto& object = objects.emplace_back();
    for (const auto& [name, value] : *element.object()) object[name] = plain(value);
  }
  return objects;
}

std::string log_field(const Activity& activity, std::string_view name) {
  for (const auto& [field, json] : activity.fields) {
    if (field == name) return plain_value(json);
  }
  return {};
}

namespace {

bool matches(const Activity& activity, const LogFilter& filter) {
  const auto is_wanted = [&](const std::string& severity) {
    return std::find(filter.severities.begin(), filter.severities.end(), severity) !=
           filter.severities.end();
  };
  return (!filter.agent || core::means_holder(*filter.agent, activity.agent)) &&
         (!filter.action || *filter.action == activity.action) &&
         (!filter.stream || *filter.stream == activity.stream) &&
         (!filter.since || activity.time >= *filter.since) &&
         (filter.severities.empty() || is_wanted(log_field(activity, "severity")));
}

}  // namespace

// Many lines. Read, not mapped: people empty logs with `>`, and a mapping would not survive that.

namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;  // what is read at once

// For reading; an invalid descriptor when there is no log.
Descriptor open_log(const fs::path& log) {
  Descriptor file = open_file(log, O_RDONLY);
  if (!file && errno != ENOENT && errno != ENOTDIR) fail_state("read", log, errno);
  return file;
}

std::string read_at(int descriptor, const fs::path& log, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  for (;;) {
    const ssize_t count = pread(descriptor, bytes.data(), size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_state("read", log, errno);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
}

// Forward from an offset, in pieces; keeps the unfinished last line for later.
class ForwardReader {
 public:
  ForwardReader(int descriptor, const fs::path& log, std::uint64_t offset)
      : descriptor_(descriptor), log_(log), end_(offset), next_(offset) {}

  // Calls `each(line)` for every finished line up to the present end of the file, until it returns
  // false. An endless line is given once, cut.
  template <class Each>
  bool read_lines(const Each& each) {
    for (;;) {
      const std::string chunk = read_at(descriptor_, log_, next_, kChunk);
      if (chunk.empty()) return true;
      next_ += chunk.size();
      if (!take_chunk(chunk, each)) return false;
    }
  }

  std::uint64_t end() const { return end_; }  // after the last finished line
  const std::string& rest() const { return rest_; }
  std::uint64_t position() const { return next_; }

 private:
  template <class Each>
  bool take_chunk(std::string_view chunk, const Each& each) {
    while (!chunk.empty()) {
      const std::size_t newline = chunk.find('\n');
      const std::string_view piece = chunk.substr(0, newline);
      length_ += piece.size();
      rest_ += piece.substr(0, kLongestLine + 1 - std::min(rest_.size(), kLongestLine + 1));
      if (newline == chunk.npos) return true;
      chunk.remove_prefix(newline + 1);
      end_ += length_ + 1;
      length_ = 0;
      const std::string line = std::exchange(rest_, {});
      if (!each(line)) return false;
    }
    return true;
  }

  int descriptor_;
  const fs::path& log_;
  std::uint64_t end_, next_;
  std::uint64_t length_ = 0;  // of the unfinished line, of which rest_ is the beginning
  std::string rest_;
};

// Of the lines before `size`, from the last one back.
struct LineBack {
  std::string_view text;
  std::uint64_t begin;      // its offset
  bool unfinished, is_cut;  // no line break follows; only the beginning of one that is too long
};

// Calls `each(line)` for the lines between two offsets, the unfinished one (empty, if the log ends
// with a line break) first, until it returns false.
template <class Each>
void each_line_back(int descriptor, const fs::path& log, std::uint64_t from, std::uint64_t size,
                    const Each& each) {
  std::string pending;  // what is after `at`, up to the first line break that was not passed yet
  bool unfinished = true, too_long = false, more = true;
  const auto give = [&](std::string_view text, std::uint64_t begin) {
    more = each(LineBack{text, begin, unfinished, too_long});
    unfinished = too_long = false;
  };
  std::uint64_t at = size;
  while (more && at > from) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, at - from));
    std::string chunk = read_at(descriptor, log, at - length, length);
    if (chunk.size() != length) return;  // it was truncated under our eyes
    at -= length;
    chunk += pending;
    std::size_t end = chunk.size();
    while (more && end > 0) {
      const std::size_t newline = chunk.rfind('\n', end - 1);
      if (newline == chunk.npos) break;
      give(std::string_view(chunk).substr(newline + 1, end - newline - 1), at + newline + 1);
      end = newline;
    }
    chunk.resize(end);
    pending = std::move(chunk);
    if (pending.size() > kLongestLine) {
      too_long = true;
      pending.resize(kLongestLine);
    }
  }
  if (more && (!pending.empty() || unfinished)) give(pending, from);
}

// Sorts one line into the result; blank ones are nothing at all.
void take_line(std::string_view text, const LogFilter& filter, LogRead& result) {
  if (is_blank(text)) return;
  std::optional<LogLine> line = parse_log_line(text);
  if (!line) {
    ++result.torn;
  } else if (matches(line->activity, filter)) {
    result.lines.push_back(std::move(*line));
  }
}

// An unfinished last line counts when it is whole but for its line break.
void take_rest(std::string_view rest, const LogFilter& filter, LogRead& result) {
  if (is_blank(rest)) return;
  if (parse_log_line(rest)) result.end += rest.size();
  take_line(rest, filter, result);
}

LogRead read_all(int descriptor, const fs::path& log, const LogFilter& filter, std::uint64_t from) {
  LogRead result;
  ForwardReader reader(descriptor, log, from);
  reader.read_lines([&](std::string_view line) {
    take_line(line, filter, result);
    return true;
  });
  result.end = reader.end();
  take_rest(reader.rest(), filter, result);
  return result;
}

LogRead read_last(int descriptor, const fs::path& log, const LogFilter& filter, std::uint64_t from,
                  std::uint64_t size) {
  LogRead result;
  result.end = from;
  each_line_back(descriptor, log, from, size, [&](const LineBack& line) {
    if (line.unfinished) {
      result.end = line.begin;
      take_rest(line.text, filter, result);
    } else if (line.is_cut) {
      ++result.torn;
    } else {
      take_line(line.text, filter, result);
    }
    return result.lines.size() < filter.last;
  });
  std::reverse(result.lines.begin(), result.lines.end());
  return result;
}

}  // namespace

std::vector<LogLine> read_actions(const fs::path& log, std::string_view action) {
  LogFilter filter;
  filter.action = action;
  return read_log(log, filter).lines;
}

LogRead read_log(const fs::path& log, const LogFilter& filter, std::uint64_t from) {
  const Descriptor file = open_log(log);
  if (!file) return {};
  const std::uint64_t size = regular_size(file.get(), log);
  if (from > size) from = 0;  // it was truncated
  if (filter.last == 0) return read_all(file.get(), log, filter, from);
  return read_last(file.get(), log, filter, from, size);
}

namespace {

// The members that every writer of ours puts first.
struct Head {
  std::string_view time, agent, stream;
};

// Nothing when the line begins otherwise. What comes after them is not looked at.
std::optional<Head> read_head(std::string_view line) {
  try {
    JsonReader reader(line, kAnyKeys);
    const auto next_is = [&](std::string_view wanted) {
      const auto name = reader.next_member();
      return name && *name == wanted;
    };
    bool plain = true;
    const auto text = [&] {
      const core::JsonString string = reader.string();
      plain = plain && !string.escaped;
      return string.raw;
    };
    Head head;
    reader.begin_object();
    if (!next_is("timestamp")) return std::nullopt;
    head.time = text();
    if (!next_is("agent")) return std::nullopt;
    head.agent = text();
    if (next_is("stream")) head.stream = text();
    return plain ? std::optional(head) : std::nullopt;
  } catch (const core::JsonError&) {
    return std::nullopt;
  }
}

// The lines of the log's last 64 MiB, from the last one back.
template <class Each>
void each_recent_line(const fs::path& log, const Each& each) {
  constexpr std::uint64_t kFarthest = std::uint64_t{64} << 20;
  const Descriptor file = open_log(log);
  if (!file) return;
  const std::uint64_t size = regular_size(file.get(), log);
  const std::uint64_t from = size - std::min(size, kFarthest);
  each_line_back(file.get(), log, from, size, [&](const LineBack& line) {
    const bool whole = !line.text.empty() && !line.is_cut && (from == 0 || line.begin > from);
    return !whole || each(line.text);
  });
}

}  // namespace

std::vector<std::optional<Activity>> last_activities(const fs::path& log, std::size_t groups,
                                                     const LineGroup& group) {
  std::vector<std::optional<Activity>> last(groups);
  std::size_t missing = groups;
  if (groups == 0) return last;
  each_recent_line(log, [&](std::string_view text) {
    if (const auto head = read_head(text)) {
      const auto number = group(head->stream, head->agent);
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

LogRead recent_lines(const fs::path& log, std::string_view action, std::size_t most) {
  LogRead read;
  const std::string quoted = '"' + std::string(action) + '"';
  each_recent_line(log, [&](std::string_view text) {
    if (text.find(quoted) == text.npos) return true;
    auto line = parse_log_line(text);
    if (line && line->activity.action == action) read.lines.push_back(std::move(*line));
    return read.lines.size() < most;
  });
  std::reverse(read.lines.begin(), read.lines.end());
  return read;
}

std::vector<std::size_t> count_since(const fs::path& log,
                                     const std::vector<std::optional<core::Instant>>& since,
                                     const LineGroup& group) {
  std::vector<std::size_t> counts(since.size());
  std::vector<std::string> begins;  // times as texts compare as times do
  for (const auto& time : since) begins.push_back(time ? core::format_utc(*time) : "");
  if (std::none_of(since.begin(), since.end(), [](const auto& time) { return time.has_value(); }))
    return counts;
  each_recent_line(log, [&](std::string_view text) {
    const auto head = read_head(text);
    if (head && core::is_utc_text(head->time) && text.ends_with('}')) {
      const auto number = group(head->stream, head->agent);
      if (number && since[*number] && head->time >= begins[*number]) ++counts[*number];
    } else if (const auto line = parse_log_line(text)) {
      const auto number = group(line->activity.stream, line->activity.agent);
      if (number && since[*number] && line->activity.time >= *since[*number]) ++counts[*number];
    }
    return true;
  });
  return counts;
}

namespace {

// One incarnation of the log that is being followed.
struct Followed {
  Descriptor file;
  std::optional<ForwardReader> reader;
  struct stat status {};

  bool open(const fs::path& log, std::uint64_t from) {
    file = open_log(log);
    if (!file) return false;
    const std::uint64_t size = regular_size(file.get(), log);
    if (fstat(file.get(), &status) != 0) fail_state("read", log, errno);
    reader.emplace(file.get(), log, from > size ? 0 : from);
    return true;
  }

  // Opens it again. A log that was shortened, and so begins otherwise, goes on behind the line that
  // was read last.
  bool reopen(const fs::path& log, std::string_view last) {
    if (!open(log, 0) || last.empty()) return static_cast<bool>(file);
    std::uint64_t from = 0;
    ForwardReader search(file.get(), log, 0);
    search.read_lines([&](std::string_view line) {
      if (line == last) from = search.end();
      return true;
    });
    reader.emplace(file.get(), log, from);
    return true;
  }

  // Whether the name now stands for another file, or the file has become shorter than was read.
  bool is_over(const fs::path& log) const {
    struct stat there {
    }, mine{};
    if (lstat(log.c_str(), &there) != 0) return errno == ENOENT || errno == ENOTDIR;
    if (there.st_ino != status.st_ino || there.st_dev != status.st_dev) return true;
    return fstat(file.get(), &mine) == 0 &&
           static_cast<std::uint64_t>(mine.st_size) < reader->position();
  }
};

// The line that ends at an offset; empty where there is none.
std::string line_before(int descriptor, const fs::path& log, std::uint64_t offset) {
  std::string found;
  each_line_back(descriptor, log, 0, offset, [&](const LineBack& line) {
    if (line.unfinished) return true;
    if (!line.is_cut) found = line.text;
    return false;
  });
  return found;
}

}  // namespace

void follow_log(const fs::path& log, const LogFilter& filter, std::uint64_t from,
                const std::function<bool(const LogLine&)>& each) {
  constexpr std::chrono::milliseconds kLongestPause{1000};
  platform::FolderWatch watch(log.parent_path());
  Followed followed;
  bool open = followed.open(log, from);
  std::string last = open ? line_before(followed.file.get(), log, from) : "";
  const auto take = [&](std::string_view text) {
    last = text;
    const std::optional<LogLine> line = parse_log_line(text);
    return !line || !matches(line->activity, filter) || each(*line);
  };
  for (;;) {
    if (open) {
      // Asked before reading: what the old file still got is read before it is left.
      const bool over = followed.is_over(log);
      if (!followed.reader->read_lines(take)) return;
      open = !over;
    }
    if (!open && (open = followed.reopen(log, last))) continue;
    watch.wait(log.filename().native(), kLongestPause);
  }
}

}  // namespace gs::state
