#pragma once
// Signals as something to read, so that none ends this process while it looks after a child.

#include <csignal>
#include <optional>

#include "lib/platform/file.h"

namespace gs::process {

// From construction to destruction SIGINT, SIGTERM and SIGHUP (those that this process was not told
// to ignore) do not end this process; nor does SIGPIPE. What nobody has read by the end is dropped:
// one Ctrl-C reaches us twice, from the terminal and from the git that started us. May be nested.
// Threads begun meanwhile take none of these signals.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  // Readable when one came; SIGCHLD wakes as well.
  int descriptor() const { return descriptor_.get(); }
  // The next one that is to end us, if any came.
  std::optional<int> next();
  // Without what is held back here.
  const sigset_t& for_children() const { return children_; }

 private:
  sigset_t held_{}, before_{}, children_{};
  struct sigaction child_before_ {
  }, pipe_before_{};
  platform::Descriptor descriptor_;
};

}  // namespace gs::process
