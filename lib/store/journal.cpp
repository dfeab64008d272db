#include "lib/store/journal.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/json_writer.h"
#include "lib/store/posix.h"

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

struct OpenLog {
  Descriptor descriptor;
  std::size_t size = 0;
};

// Opened and locked; opened again if it was removed or replaced while we waited for the lock.
OpenLog open_locked(const std::filesystem::path& log) {
  for (;;) {
    Descriptor descriptor = open_file(log, O_RDWR | O_APPEND | O_CREAT);
    if (!descriptor) fail("write", log, errno);
    regular_size(descriptor.get(), log);
    if (const int error = lock_exclusively(descriptor.get())) fail("lock", log, error);
    struct stat status {};
    if (fstat(descriptor.get(), &status) != 0) fail("write", log, errno);
    if (status.st_nlink > 0) {
      return {std::move(descriptor), static_cast<std::size_t>(status.st_size)};
    }
  }
}

bool ends_torn(const OpenLog& log) {
  char last = '\n';
  if (log.size == 0) return false;
  return pread(log.descriptor.get(), &last, 1, static_cast<off_t>(log.size) - 1) == 1 &&
         last != '\n';
}

}  // namespace

void append(const std::filesystem::path& log, const Activity& activity) {
  std::string line = to_line(activity);
  const OpenLog file = open_locked(log);
  if (ends_torn(file)) line.insert(line.begin(), '\n');
  ssize_t count = 0;
  do {
    count = write(file.descriptor.get(), line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(line.size())) return;
  const int error = count < 0 ? errno : ENOSPC;
  // Half a line is worse than none; if it cannot be taken back, readers skip it.
  if (count > 0 && ftruncate(file.descriptor.get(), static_cast<off_t>(file.size)) != 0) {
    fail("write", log, errno);
  }
  fail("write", log, error);
}

}  // namespace gs::store
