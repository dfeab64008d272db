#include "lib/platform/file_copy.h"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace gs::platform {

namespace {

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
