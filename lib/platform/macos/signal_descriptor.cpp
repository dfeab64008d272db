// By kqueue(2), which notes every signal as it is sent, blocked or not, and takes none: that is
// done by sigwait(2). What was sent before is noted by an event of our own.

#include "lib/platform/signal_descriptor.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/event.h>

namespace gs::platform {

namespace {

bool change(const Descriptor& queue, int number, std::int16_t filter, std::uint16_t flags,
            std::uint32_t how = 0) {
  struct kevent event {};
  EV_SET(&event, static_cast<std::uintptr_t>(number), filter, flags, how, 0, nullptr);
  return kevent(queue.get(), &event, 1, nullptr, 0, nullptr) == 0;
}

// One that is pending for this thread; 0: none.
int pending_one(const sigset_t& signals) {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&signals, number) == 1 && sigismember(&pending, number) == 1) return number;
  }
  return 0;
}

void drain(const Descriptor& queue) {
  const timespec at_once{};
  std::array<struct kevent, 8> events;
  while (kevent(queue.get(), nullptr, 0, events.data(), static_cast<int>(events.size()), &at_once) >
         0) {
  }
}

}  // namespace

Descriptor signal_descriptor(const sigset_t& signals) {
  Descriptor queue(kqueue());
  if (!queue || fcntl(queue.get(), F_SETFD, FD_CLOEXEC) != 0) return {};
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&signals, number) != 1) continue;
    if (!change(queue, number, EVFILT_SIGNAL, EV_ADD | EV_CLEAR)) return {};
  }
  if (pending_one(signals) != 0 && !(change(queue, 0, EVFILT_USER, EV_ADD | EV_CLEAR) &&
                                     change(queue, 0, EVFILT_USER, 0, NOTE_TRIGGER)))
    return {};
  return queue;
}

std::optional<int> next_signal(const Descriptor& descriptor, const sigset_t& signals) {
  drain(descriptor);
  const int number = pending_one(signals);
  if (number == 0) return std::nullopt;
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  int taken = 0;
  return sigwait(&one, &taken) == 0 ? std::optional(taken) : std::nullopt;
}

}  // namespace gs::platform
