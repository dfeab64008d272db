#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/ids.h"
#include "lib/store/folder_watch.h"
#include "lib/store/journal.h"
#include "lib/store/journal_line.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace fs = std::filesystem;

namespace {

std::string read_at(int descriptor, const fs::path& log, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  for (;;) {
    const ssize_t count = pread(descriptor, bytes.data(), size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", log, errno);
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
      const std::string chunk = read_at(descriptor_, log_, next_, kLogChunk);
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

std::optional<LogLine> read_line(std::string_view text) {
  return text.size() > kLongestLine ? std::nullopt : parse_log_line(text);
}

// Sorts one line into the result; blank ones are nothing at all.
void take_line(std::string_view text, const LogFilter& filter, LogRead& result) {
  if (is_blank(text)) return;
  std::optional<LogLine> line = read_line(text);
  if (!line) {
    ++result.torn;
  } else if (log_line_matches(*line, filter)) {
    result.lines.push_back(std::move(*line));
  }
}

// An unfinished last line counts when it is whole but for its line break.
void take_rest(std::string_view rest, const LogFilter& filter, LogRead& result) {
  if (is_blank(rest)) return;
  if (read_line(rest)) result.end += rest.size();
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

// From the end of the file towards `from`, until enough lines match.
LogRead read_last(int descriptor, const fs::path& log, const LogFilter& filter, std::uint64_t from,
                  std::uint64_t size) {
  LogRead result;
  std::string pending;  // the beginning of what is after `at`, up to its first line break
  bool unfinished = true, cut = false;
  std::uint64_t at = size;
  result.end = from;
  const auto take = [&](std::string_view text, std::uint64_t begin) {
    if (unfinished) {
      result.end = begin;
      take_rest(text, filter, result);
      unfinished = false;
    } else if (cut) {
      ++result.torn;
    } else {
      take_line(text, filter, result);
    }
    cut = false;
  };
  while (at > from && result.lines.size() < filter.last) {
    const std::size_t length =
        static_cast<std::size_t>(std::min<std::uint64_t>(kLogChunk, at - from));
    std::string chunk = read_at(descriptor, log, at - length, length);
    if (chunk.size() != length) break;  // it was truncated under our eyes
    at -= length;
    chunk += pending;
    std::size_t end = chunk.size();
    while (result.lines.size() < filter.last && end > 0) {
      const std::size_t newline = chunk.rfind('\n', end - 1);
      if (newline == chunk.npos) break;
      take(std::string_view(chunk).substr(newline + 1, end - newline - 1), at + newline + 1);
      end = newline;
    }
    chunk.resize(end);
    pending = std::move(chunk);
    if (pending.size() > kLongestLine) {
      cut = true;
      pending.resize(kLongestLine);
    }
  }
  if (at <= from && result.lines.size() < filter.last && (!pending.empty() || unfinished)) {
    take(pending, from);
  }
  std::reverse(result.lines.begin(), result.lines.end());
  return result;
}

}  // namespace

LogRead read_log(const fs::path& log, const LogFilter& filter, std::uint64_t from) {
  const Descriptor file = open_file(log, O_RDONLY);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    fail("read", log, errno);
  }
  const std::uint64_t size = regular_size(file.get(), log);
  if (from > size) from = 0;  // it was truncated
  if (filter.last == 0) return read_all(file.get(), log, filter, from);
  return read_last(file.get(), log, filter, from, size);
}

namespace {

// One incarnation of the log that is being followed.
struct Followed {
  Descriptor file;
  std::optional<ForwardReader> reader;
  struct stat status {};

  bool open(const fs::path& log, std::uint64_t from) {
    file = open_file(log, O_RDONLY);
    if (!file) {
      if (errno == ENOENT || errno == ENOTDIR) return false;
      fail("read", log, errno);
    }
    const std::uint64_t size = regular_size(file.get(), log);
    if (fstat(file.get(), &status) != 0) fail("read", log, errno);
    reader.emplace(file.get(), log, from > size ? 0 : from);
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

}  // namespace

void follow_log(const fs::path& log, const LogFilter& filter, std::uint64_t from,
                const std::function<bool(const LogLine&)>& each) {
  constexpr std::chrono::milliseconds kLongestPause{1000};
  FolderWatch watch(log.parent_path());
  Followed followed;
  bool open = followed.open(log, from);
  const auto take = [&](std::string_view text) {
    const std::optional<LogLine> line = read_line(text);
    return !line || !log_line_matches(*line, filter) || each(*line);
  };
  for (;;) {
    if (open) {
      // Asked before reading: what the old file still got is read before it is left.
      const bool over = followed.is_over(log);
      if (!followed.reader->read_lines(take)) return;
      open = !over;
    }
    if (!open && (open = followed.open(log, 0))) continue;
    watch.wait(log.filename().native(), kLongestPause);
  }
}

}  // namespace gs::store
