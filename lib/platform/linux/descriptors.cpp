#include "lib/platform/descriptors.h"

#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace gs::platform {

std::optional<PipeEnds> make_pipe(Waiting waiting) {
  int ends[2];
  const int flags = O_CLOEXEC | (waiting == Waiting::nonblocking ? O_NONBLOCK : 0);
  if (pipe2(ends, flags) != 0) return std::nullopt;
  return PipeEnds{Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor reopen(int descriptor) {
  const std::string file = "/proc/self/fd/" + std::to_string(descriptor);
  return Descriptor(open(file.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

void close_from(int first) {
  syscall(SYS_close_range, first, ~0U, 0);  // musl has no function for it
}

}  // namespace gs::platform
