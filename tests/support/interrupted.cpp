#include "tests/support/interrupted.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace gs::test {

namespace {

[[noreturn]] void run_child(std::size_t count, int told,
                            const std::function<void(const StepWatch&)>& work) {
  std::size_t steps = 0;
  const StepWatch watch = [&](std::string_view step) {
    const std::string line = std::string(step) + "\n";
    if (write(told, line.data(), line.size()) < 0) _exit(3);
    if (++steps == count) raise(SIGKILL);
  };
  int status = 0;
  try {
    work(watch);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "interrupted work: %s\n", error.what());
    status = 1;
  }
  _exit(status);
}

}  // namespace

Interruption interrupt_after(std::size_t count, const std::function<void(const StepWatch&)>& work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no fork");
  if (child == 0) run_child(count, ends[1], work);
  close(ends[1]);
  Interruption result;
  std::string told;
  char byte = 0;
  for (ssize_t n = 0; (n = read(ends[0], &byte, 1)) != 0;) {
    if (n > 0) told += byte;
    if (n < 0 && errno != EINTR) break;
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!told.empty()) {
    told.pop_back();
    result.step = told.substr(told.rfind('\n') + 1);
  }
  result.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

}  // namespace gs::test
