#include "lib/platform/signal_descriptor.h"

#include <cerrno>
#include <sys/signalfd.h>
#include <unistd.h>

namespace gs::platform {

Descriptor signal_descriptor(const sigset_t& signals) {
  return Descriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::optional<int> next_signal(const Descriptor& descriptor, const sigset_t&) {
  signalfd_siginfo info{};
  ssize_t count = -1;
  do {
    count = read(descriptor.get(), &info, sizeof info);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace gs::platform
