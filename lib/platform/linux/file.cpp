#include "lib/platform/file.h"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace gs::platform {

namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

int sync_file(int descriptor) {
  return fsync(descriptor) == 0 ? 0 : errno;
}

int sync_content(int descriptor) {
  return fdatasync(descriptor) == 0 ? 0 : errno;
}

std::int64_t modified_at(const struct stat& status) {
  return nanoseconds(status.st_mtim);
}

std::int64_t changed_at(const struct stat& status) {
  return nanoseconds(status.st_ctim);
}

}  // namespace gs::platform
