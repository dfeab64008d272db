#include "lib/process/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process/group.h"
#include "lib/process/pseudo_terminal.h"
#include "lib/process/screen.h"
#include "lib/process/signals.h"
#include "lib/process/start.h"

namespace gs::process {

namespace {

using core::Error;
using core::ExitCode;
using platform::Descriptor;
using Clock = std::chrono::steady_clock;

Descriptor above_stdio(int number) {
  Descriptor low(number);
  if (number > STDERR_FILENO || number < 0) return low;
  return Descriptor(fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

class Run {
 public:
  Run(const Command& command, const Watch& watch) : command_(command), watch_(watch) {}

  Ending to_the_end() {
    log_ = open_log(watch_.log, watch_.fresh);
    start_program();
    if (watch_.started) watch_.started(pid_);
    if (terminal_) terminal_->begin();
    while (!over()) wait_once();
    drain();
    ending_.duration = since_start();
    return ending_;
  }

  ~Run() {
    // An exception, from `started` say: nobody would look after it any more.
    if (pid_ > 0 && !reaped_) {
      kill(-pid_, SIGKILL);
      wait_for(pid_);
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 private:
  Milliseconds since_start() const {
    return std::chrono::duration_cast<Milliseconds>(Clock::now() - begun_);
  }

  void start_program() {
    Startup startup;
    startup.group = watch_.session ? Startup::Group::session : Startup::Group::own;
    startup.mask = &signals_.for_children();
    Descriptor null = above_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC));
    startup.in = watch_.input && isatty(STDIN_FILENO) == 0 ? -1 : null.get();
    startup.out = startup.err = log_.get();
    Descriptor childs;
    if (watch_.show >= 0) childs = copied(startup);
    const int failure = try_start(command_, startup, pid_);
    if (failure == 0) return;
    pid_ = -1;
    const std::string what = "cannot run " + command_.argv[0] + ": " + std::strerror(failure);
    const bool folder_there =
        command_.directory.empty() || access(command_.directory.c_str(), X_OK) == 0;
    if (folder_there && (failure == ENOENT || failure == EACCES || failure == ENOEXEC))
      throw MissingProgram(ExitCode::broken, what);
    throw Error(ExitCode::broken, what);
  }

  // What it says goes through us.
  Descriptor copied(Startup& startup) {
    if (watch_.terminal) terminal_ = PseudoTerminal::like_ours();
    screen_.emplace(watch_.show);
    if (terminal_) {
      startup.group = Startup::Group::session;
      startup.terminal = terminal_->name();
      startup.in = startup.out = startup.err = -1;
      return {};
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw Error(ExitCode::broken, std::string("cannot make a pipe: ") + std::strerror(errno));
    said_ = above_stdio(ends[0]);
    Descriptor childs = above_stdio(ends[1]);
    fcntl(said_.get(), F_SETFL, O_NONBLOCK);
    startup.out = startup.err = childs.get();
    return childs;
  }

  int said() const { return said_open_ ? (terminal_ ? terminal_->descriptor() : said_.get()) : -1; }

  // Whether more may come at once.
  bool take() {
    std::array<char, 65536> buffer;
    const ssize_t count = read(said(), buffer.data(), buffer.size());
    if (count > 0) {
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
      if (ending_.log_error == 0) ending_.log_error = write_all(log_.get(), bytes);
      screen_->show(bytes);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      said_open_ = false;
    }
    return count > 0;
  }

  // It has ended; what it left running may go on talking, but not to us.
  void drain() {
    constexpr int kRounds = 64;
    for (int i = 0; i < kRounds && said() >= 0 && take(); ++i) {
    }
  }

  Milliseconds next_wait() const {
    Clock::time_point until = Clock::now() + std::chrono::seconds(1);
    if (watch_.limit && !kill_at_) until = std::min(until, begun_ + *watch_.limit);
    if (kill_at_) until = std::min(until, *kill_at_);
    if (reaped_) until = std::min(until, Clock::now() + Milliseconds(20));
    const auto left = std::chrono::duration_cast<Milliseconds>(until - Clock::now());
    return std::max(left + Milliseconds(1), Milliseconds(0));
  }

  void wait_once() {
    const bool hungry = terminal_ && terminal_->hungry();
    const bool feeding = terminal_ && terminal_->keys_wait();
    std::array<pollfd, 4> waits{{{signals_.descriptor(), POLLIN, 0},
                                 {said(), POLLIN, 0},
                                 {hungry ? STDIN_FILENO : -1, POLLIN, 0},
                                 {feeding ? terminal_->descriptor() : -1, POLLOUT, 0}}};
    const bool woken = poll(waits.data(), waits.size(), static_cast<int>(next_wait().count())) > 0;
    if (woken && waits[1].revents != 0) take();
    if (woken && waits[2].revents != 0) terminal_->take_keys();
    if (woken && waits[3].revents != 0) terminal_->give_keys();
    take_signals();
    keep_time();
    if (watch_.tick) watch_.tick(since_start());
  }

  void take_signals() {
    bool resized = false;
    while (const auto number = signals_.next(resized)) {
      const Clock::time_point now = Clock::now();
      if (!ending_.interrupted) {
        interrupted_at_ = now;
        stop(*number);
      } else if (now - interrupted_at_ > std::chrono::seconds(1)) {
        kill_at_ = now;  // somebody is in earnest
      }
      ending_.interrupted = true;
    }
    if (resized && terminal_) terminal_->resize();
  }

  void stop(int number) {
    kill(-pid_, number);
    kill(-pid_, SIGCONT);  // what is stopped takes no signal
    kill_at_ = Clock::now() + watch_.grace;
  }

  void keep_time() {
    const Clock::time_point now = Clock::now();
    if (kill_at_ && now >= *kill_at_) {
      kill(-pid_, SIGKILL);
      kill_at_ = now + std::chrono::seconds(1);
      killed_ = true;
    } else if (!kill_at_ && watch_.limit && now - begun_ >= *watch_.limit) {
      ending_.timed_out = true;
      stop(SIGTERM);
    }
  }

  bool over() {
    if (!reaped_) reap();
    if (!reaped_) return false;
    // Of those that were told to end, the others in the group get their time too.
    return !kill_at_ || killed_ || !group_runs(pid_);
  }

  void reap() {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended != pid_) return;
    reaped_ = true;
    if (kill_at_) kill(-pid_, SIGTERM);  // what a shell runs with & does not heed SIGINT
    if (WIFEXITED(status)) ending_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ending_.signal = WTERMSIG(status);
    if (terminal_ && ending_.signal == SIGINT) ending_.interrupted = true;
  }

  const Command& command_;
  const Watch& watch_;
  const Clock::time_point begun_ = Clock::now();
  SignalGuard signals_;
  std::unique_ptr<PseudoTerminal> terminal_;
  std::optional<Screen> screen_;  // goes first: what it shows is meant for the terminal as it is
  Descriptor log_, said_;
  bool said_open_ = true, reaped_ = false, killed_ = false;
  pid_t pid_ = -1;
  std::optional<Clock::time_point> kill_at_;
  Clock::time_point interrupted_at_{};
  Ending ending_;
};

}  // namespace

Ending run_watched(const Command& command, const Watch& watch) {
  return Run(command, watch).to_the_end();
}

}  // namespace gs::process
