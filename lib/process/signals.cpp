#include "lib/process/signals.h"

#include <cerrno>
#include <cstring>

#include "lib/core/error.h"
#include "lib/platform/signal_descriptor.h"

namespace gs::process {

namespace {

bool ignored(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalGuard::SignalGuard() {
  sigemptyset(&held_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!ignored(number)) sigaddset(&held_, number);
  }
  sigaddset(&held_, SIGCHLD);
  descriptor_ = platform::signal_descriptor(held_);
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
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
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
  while (const auto number = platform::next_signal(descriptor_, held_)) {
    if (*number != SIGCHLD) return number;
  }
  return std::nullopt;
}

}  // namespace gs::process
