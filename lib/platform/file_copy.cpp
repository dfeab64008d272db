#include "lib/platform/file_copy.h"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace gs::platform {

namespace {

constexpr std::size_t kAtOnce = std::size_t{1} << 30;

// copy_file_range(2) clones within one file system that can (FICLONE is what it calls there), and
// copies elsewhere. What it cannot do, it says before the first byte.
int copy_in_kernel(int from, int to) {
  for (off_t at = 0;;) {
    const ssize_t copied = copy_file_range(from, &at, to, nullptr, kAtOnce, 0);
    if (copied == 0) return 0;
    if (copied < 0 && errno != EINTR) return errno;
  }
}

int copy_by_hand(int from, int to) {
  constexpr std::size_t kBlock = 64 << 10;
  std::array<char, kBlock> block;
  for (off_t at = 0;;) {
    const ssize_t got = pread(from, block.data(), block.size(), at);
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) return errno;
    if (got < 0) continue;
    if (const int error = write_all(to, {block.data(), static_cast<std::size_t>(got)}))
      return error;
    at += got;
  }
}

}  // namespace

int copy_bytes(const Descriptor& from, const Descriptor& to) {
  const int error = copy_in_kernel(from.get(), to.get());
  const bool unable =
      error == EXDEV || error == ENOSYS || error == EINVAL || error == EOPNOTSUPP || error == EPERM;
  if (!unable || lseek(to.get(), 0, SEEK_CUR) != 0) return error;
  return copy_by_hand(from.get(), to.get());
}

}  // namespace gs::platform
