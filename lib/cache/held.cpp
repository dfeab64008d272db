#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "lib/cache/environment.h"

namespace gs::cache {

std::optional<Held> Held::take(const std::filesystem::path& path,
                               std::chrono::milliseconds patience) {
  constexpr std::chrono::microseconds kPause{200};
  // A descriptor of its own: flock(2) then keeps threads apart as it does processes.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  Held held(descriptor);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return std::nullopt;
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(kPause);
  }
  return held;
}

Held::Held(Held&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Held::~Held() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace gs::cache
