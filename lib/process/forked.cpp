#include "lib/process/forked.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "lib/core/error.h"
#include "lib/process/start.h"

namespace gs::process {

namespace {

// In the child, which never returns: what the parent was about to do is not its business.
[[noreturn]] void run_child(const std::function<int(int)>& body, const SignalGuard& guard,
                            const Pipe& out, const Pipe& err, const Pipe& answer) {
  setpgid(0, 0);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_SETMASK, &guard.for_children(), nullptr);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool ready = null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO &&
                     dup2(out.write.get(), STDOUT_FILENO) == STDOUT_FILENO &&
                     dup2(err.write.get(), STDERR_FILENO) == STDERR_FILENO;
  int code = static_cast<int>(core::ExitCode::broken);
  try {
    if (ready) code = body(answer.write.get());
  } catch (...) {
    std::abort();
  }
  std::fflush(nullptr);
  _exit(code);
}

}  // namespace

Forked::Forked(const std::function<int(int)>& body, const SignalGuard& guard) {
  Pipe out, err, beside;
  std::fflush(nullptr);  // or both would write it
  pid_ = fork();
  if (pid_ < 0)
    throw core::Error(core::ExitCode::broken,
                      std::string("cannot start a process: ") + std::strerror(errno));
  if (pid_ == 0) run_child(body, guard, out, err, beside);
  setpgid(pid_, pid_);  // whichever of the two comes first
  output_ = std::move(out.read);
  errors_ = std::move(err.read);
  answer_ = std::move(beside.read);
  for (const auto* pipe : {&output_, &errors_, &answer_}) set_nonblocking(*pipe);
}

Forked::Forked(Forked&& other) noexcept
    : output(std::move(other.output)),
      errors(std::move(other.errors)),
      answer(std::move(other.answer)),
      status(other.status),
      pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      answer_(std::move(other.answer_)) {}

Forked::~Forked() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  wait_for(pid_);
}

// Programs that the process starts do not get `answer`: its end is the process's own.
bool Forked::collect() {
  while (output_ && read_some(output_, output)) {
  }
  while (errors_ && read_some(errors_, errors)) {
  }
  while (answer_ && read_some(answer_, answer)) {
  }
  if (pid_ >= 0 && !answer_) end();
  return pid_ < 0;
}

void Forked::end() {
  constexpr int kSignal = 128;
  int ended =
      wait_for(std::exchange(pid_, -1));  // not const: macOS casts what WIFSIGNALED is given
  status = WIFSIGNALED(ended) ? kSignal + WTERMSIG(ended) : WEXITSTATUS(ended);
  collect();  // what came between the last look and the end
}

void Forked::stop() const {
  if (pid_ >= 0) kill(-pid_, SIGTERM);
}

}  // namespace gs::process
