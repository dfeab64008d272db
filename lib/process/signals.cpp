#include "lib/process/signals.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/core/error.h"

namespace gs::process {

namespace {

bool ignored(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalGuard::SignalGuard() {
  sigset_t held;
  sigemptyset(&held);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!ignored(number)) sigaddset(&held, number);
  }
  sigaddset(&held, SIGCHLD);
  descriptor_ = platform::Descriptor(signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor_) {
    throw core::Error(core::ExitCode::broken,
                      std::string("cannot watch for signals: ") + std::strerror(errno));
  }
  // Who ignores SIGCHLD never learns how a child ended, and hands that on to what it runs.
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &action, &child_before_);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &pipe_before_);
  pthread_sigmask(SIG_BLOCK, &held, &before_);
  children_ = before_;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigdelset(&children_, number);
}

SignalGuard::~SignalGuard() {
  const bool outermost = sigismember(&before_, SIGCHLD) == 0;
  while (outermost && next()) {
  }
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigaction(SIGCHLD, &child_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> SignalGuard::next() {
  signalfd_siginfo info{};
  while (true) {
    const ssize_t count = read(descriptor_.get(), &info, sizeof info);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof info)) return std::nullopt;
    const int number = static_cast<int>(info.ssi_signo);
    if (number != SIGCHLD) return number;
  }
}

}  // namespace gs::process
