#include "lib/store/journal.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/json_writer.h"
#include "lib/store/log_writer.h"

namespace gs::store {

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
    if (!file_) fail("write", log, errno);
    regular_size(file_.get(), log);
    if (const int error = lock_exclusively(file_.get())) fail("lock", log, error);
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) fail("write", log, errno);
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
    fail("write", log_, errno);
  }
  fail("write", log_, error);
}

void append(const std::filesystem::path& log, const Activity& activity) {
  LogWriter(log).add(activity);
}

}  // namespace gs::store
