#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "lib/process/child.h"
#include "lib/process/signals.h"

namespace gs::process {

namespace {

using core::Error;
using core::ExitCode;
using platform::Descriptor;

// What the waiting process tells the one that began it: a letter, and the pid or what went wrong.
constexpr char kStarted = 's', kMissing = 'm', kFailed = 'f';

void tell(int to, char kind, const std::string& text) {
  const std::string message = kind + text;
  [[maybe_unused]] const ssize_t count = write(to, message.data(), message.size());
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void note(const std::filesystem::path& log, const std::string& what) {
  try {
    const Descriptor file = open_log(log);
    const std::string line = "git-stream: " + what + "\n";
    [[maybe_unused]] const ssize_t count = write(file.get(), line.data(), line.size());
  } catch (const Error&) {  // nobody is left to be told
  }
}

// Alone: no terminal, no file that somebody waits for the end of; only `told` stays open.
int leave_everything(int told) {
  setsid();
  if (chdir("/") != 0) _exit(1);
  constexpr int kTold = STDERR_FILENO + 1;
  if (told != kTold) dup3(told, kTold, O_CLOEXEC);
  close_range(kTold + 1, ~0U, 0);
  const int null = open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null != standard) dup2(null, standard);
  }
  if (null > STDERR_FILENO) close(null);
  return kTold;
}

[[noreturn]] void wait_alone(const Command& command, Watch& watch,
                             const std::function<void(const Ending&)>& ended, int told) {
  told = leave_everything(told);
  try {
    const SignalGuard signals;
    const auto started = watch.started;
    watch.started = [&](pid_t pid) {
      if (started) started(pid);
      tell(told, kStarted, std::to_string(pid));
      close(std::exchange(told, -1));
    };
    const Ending ending = run_watched(command, watch);
    if (ended) ended(ending);
  } catch (const MissingProgram& missing) {
    tell(told, kMissing, missing.what());
  } catch (const std::exception& error) {
    if (told >= 0) {
      tell(told, kFailed, error.what());
    } else {
      note(watch.log, error.what());
    }
  }
  _exit(0);
}

}  // namespace

pid_t run_detached(const Command& given, Watch watch,
                   const std::function<void(const Ending&)>& ended) {
  Command command = given;
  command.directory = (std::filesystem::current_path() / command.directory).string();
  watch.session = true;
  watch.show = -1;
  watch.input = false;
  watch.log = std::filesystem::absolute(watch.log);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Error(ExitCode::broken, std::string("cannot make a pipe: ") + std::strerror(errno));
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  std::fflush(nullptr);
  const pid_t waiting = fork();
  if (waiting < 0)
    throw Error(ExitCode::broken, std::string("cannot start a process: ") + std::strerror(errno));
  if (waiting == 0) wait_alone(command, watch, ended, to.get());
  to.close();
  const std::string message = read_all(from.get());
  if (message.starts_with(kStarted)) return static_cast<pid_t>(std::stol(message.substr(1)));
  while (waitpid(waiting, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (message.starts_with(kMissing)) throw MissingProgram(ExitCode::broken, message.substr(1));
  throw Error(ExitCode::broken,
              message.empty() ? "the waiting process ended early" : message.substr(1));
}

}  // namespace gs::process
