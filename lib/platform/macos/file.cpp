#include "lib/platform/file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gs::platform {

namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

// fsync(2) leaves it in the drive's own memory here. Some file systems (SMB, FAT) know only that.
int sync_file(int descriptor) {
  if (fcntl(descriptor, F_FULLFSYNC) == 0) return 0;
  return fsync(descriptor) == 0 ? 0 : errno;
}

int sync_content(int descriptor) {
  return sync_file(descriptor);
}

std::int64_t modified_at(const struct stat& status) {
  return nanoseconds(status.st_mtimespec);
}

std::int64_t changed_at(const struct stat& status) {
  return nanoseconds(status.st_ctimespec);
}

}  // namespace gs::platform
