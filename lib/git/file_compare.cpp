#include "lib/git/file_compare.h"

#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <unistd.h>

#include "lib/git/blob_id.h"
#include "lib/platform/descriptor.h"

namespace gs::git {

namespace {

constexpr std::string_view kEmptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

template <class Number>
std::uint32_t low(Number number) {
  return static_cast<std::uint32_t>(number);
}

bool same_stat(const IndexedStat& recorded, const struct stat& found) {
  return recorded.mtime == low(found.st_mtim.tv_sec) &&
         recorded.mtime_nano == low(found.st_mtim.tv_nsec) &&
         recorded.ctime == low(found.st_ctim.tv_sec) &&
         recorded.ctime_nano == low(found.st_ctim.tv_nsec) && recorded.ino == low(found.st_ino) &&
         recorded.uid == low(found.st_uid) && recorded.gid == low(found.st_gid) &&
         recorded.size == low(found.st_size);
}

// Compared to the nanosecond where both have them: a fresh checkout is written within a second.
bool is_racy(const IndexedStat& recorded, IndexTime written) {
  if (recorded.mtime != written.seconds) return recorded.mtime > written.seconds;
  if (recorded.mtime_nano == 0 || written.nanoseconds == 0) return true;
  return recorded.mtime_nano >= written.nanoseconds;
}

std::optional<std::string> link_target(int folder, const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = readlinkat(folder, path.c_str(), target.data(), target.size());
  if (length < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::optional<std::string> file_content(int folder, const std::string& path) {
  constexpr off_t kLargest = off_t{64} << 20;
  const platform::Descriptor file(
      openat(folder, path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (status.st_size > kLargest) throw NeedsGit("a large file");
  std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t size = 0;
  for (;;) {  // one byte of room stays: a file that grows meanwhile is seen to
    const ssize_t count = read(file.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    size += static_cast<std::size_t>(count);
    if (count == 0 || size == content.size()) break;
  }
  content.resize(size);
  return content;
}

}  // namespace

Sameness compare_stat(const IndexedFile& file, const struct stat& found, IndexTime written,
                      bool trust_exec_bit) {
  if (core::mode::is_regular(file.mode)) {
    if (!S_ISREG(found.st_mode)) return Sameness::changed;
    const bool executable = (found.st_mode & S_IXUSR) != 0;
    if (trust_exec_bit && executable != (file.mode == core::mode::executable))
      return Sameness::changed;
  } else if (!S_ISLNK(found.st_mode)) {
    return Sameness::changed;
  }
  const IndexedStat& recorded = file.recorded;
  if (recorded.size == 0 && file.id.hex() != kEmptyBlob) return Sameness::look;
  if (recorded.size != low(found.st_size) && recorded.size != 0) return Sameness::changed;
  return same_stat(recorded, found) && !is_racy(recorded, written) ? Sameness::same
                                                                   : Sameness::look;
}

bool same_content(int folder, const std::string& path, const IndexedFile& file) {
  const auto content =
      file.mode == core::mode::symlink ? link_target(folder, path) : file_content(folder, path);
  return content && blob_id(*content) == file.id;
}

}  // namespace gs::git
