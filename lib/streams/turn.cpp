#include "lib/streams/turn.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>

#include "lib/core/error.h"

namespace gs::streams {

Turn::Turn(const git::Layout& layout) {
  const std::filesystem::path file = layout.common_dir / "stream" / "turn.lock";
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  descriptor_ =
      platform::Descriptor(open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  int status = descriptor_ ? 0 : -1;
  while (descriptor_ && (status = flock(descriptor_.get(), LOCK_EX)) != 0 && errno == EINTR) {
  }
  if (status == 0) return;
  throw core::Error(core::ExitCode::broken,
                    "cannot lock " + file.string() + ": " + std::strerror(errno));
}

}  // namespace gs::streams
