#include "lib/platform/file.h"

#include <cerrno>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gs::platform {

namespace {

std::optional<FileStamp> mark_in(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{static_cast<std::uint64_t>(status.st_dev), status.st_ino,
                   static_cast<std::uint64_t>(status.st_size), modified_at(status),
                   changed_at(status)};
}

}  // namespace

std::optional<FileStamp> file_stamp(const Descriptor& file) {
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return std::nullopt;
  return mark_in(status);
}

std::optional<FileStamp> file_stamp(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return std::nullopt;
  return mark_in(status);
}

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

std::optional<Mapping> Mapping::of(const Descriptor& file, std::size_t size) {
  if (size == 0) return Mapping({});  // which mmap(2) refuses
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return std::nullopt;
  return Mapping({static_cast<const char*>(start), size});
}

Mapping::~Mapping() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace gs::platform
