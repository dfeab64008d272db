#include "lib/process/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "lib/platform/descriptors.h"
#include "lib/platform/process_info.h"
#include "lib/process/signals.h"
#include "lib/process/start.h"

namespace gs::process {

namespace {

using core::Error;
using core::ExitCode;
using platform::Descriptor;
using Clock = std::chrono::steady_clock;

// Shows bytes to whoever watches, who may be slow, or gone, and without ever waiting for them: what
// does not fit into a mebibyte is left out, and that is said. Nothing is shown any more once a
// write failed.
class Screen {
 public:
  explicit Screen(int descriptor) : given_(descriptor), own_(reopened(descriptor)) {}
  // Waits for what is still to be shown, as long as it moves; a screen that stands still for two
  // seconds is left alone.
  ~Screen() {
    constexpr int kPatience = 2000;  // milliseconds
    while (!waiting_.empty() && has_room(kPatience)) write_some();
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // To be polled for writing; -1: nothing waits.
  int descriptor() const { return waiting_.empty() ? -1 : number(); }

  void show(std::string_view bytes) {
    constexpr std::size_t kMost = std::size_t{1} << 20;
    if (gone_) return;
    if (waiting_.size() + bytes.size() > kMost) {
      left_out_ += bytes.size();
      return;
    }
    if (left_out_ > 0) {
      waiting_ +=
          "\r\n[" + std::to_string(left_out_) + " bytes not shown: they are in the log]\r\n";
      left_out_ = 0;
    }
    waiting_ += bytes;
    write_some();
  }

  void write_some() {
    while (!waiting_.empty() && (own_ || has_room(0))) {
      // Without a file of our own, no more than what a pipe or terminal that has room surely takes.
      const std::size_t size = own_ ? waiting_.size() : std::min<std::size_t>(waiting_.size(), 512);
      const ssize_t count = write(number(), waiting_.data(), size);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        gone_ = true;
        waiting_.clear();
        return;
      }
      waiting_.erase(0, static_cast<std::size_t>(count));
    }
  }

 private:
  // The same terminal or pipe in another open file, so that it is ours alone that does not block:
  // the one we were given is shared with the shell and others that write to it.
  static Descriptor reopened(int descriptor) {
    struct stat status {};
    if (fstat(descriptor, &status) != 0 || !(S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)))
      return {};
    return above_stdio(platform::reopen(descriptor));
  }
  int number() const { return own_ ? own_.get() : given_; }
  bool has_room(int milliseconds) const {
    pollfd wait{number(), POLLOUT, 0};
    return poll(&wait, 1, milliseconds) > 0;
  }

  int given_;
  Descriptor own_;
  std::string waiting_;
  std::size_t left_out_ = 0;
  bool gone_ = false;
};

class Run {
 public:
  Run(const Command& command, const Watch& watch) : command_(command), watch_(watch) {}

  Ending to_the_end() {
    log_ = open_log(watch_.log, watch_.fresh);
    start_program();
    if (watch_.started) watch_.started(pid_);
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
    const Descriptor null = above_stdio(Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)));
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
    screen_.emplace(watch_.show);
    Pipe pipe;
    set_nonblocking(pipe.read);
    said_ = std::move(pipe.read);
    startup.out = startup.err = pipe.write.get();
    return std::move(pipe.write);
  }

  // Whether more may come at once.
  bool take() {
    std::string bytes;
    if (!read_some(said_, bytes)) return false;
    if (ending_.log_error == 0) ending_.log_error = platform::write_all(log_.get(), bytes);
    screen_->show(bytes);
    return true;
  }

  // It has ended; what it left running may go on talking, but not to us.
  void drain() {
    constexpr int kRounds = 64;
    for (int i = 0; i < kRounds && said_ && take(); ++i) {
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
    std::array<pollfd, 3> waits{{{signals_.descriptor(), POLLIN, 0},
                                 {said_.get(), POLLIN, 0},
                                 {screen_ ? screen_->descriptor() : -1, POLLOUT, 0}}};
    const bool woken = poll(waits.data(), waits.size(), static_cast<int>(next_wait().count())) > 0;
    if (woken && waits[1].revents != 0) take();
    if (woken && waits[2].revents != 0) screen_->write_some();
    take_signals();
    keep_time();
    if (watch_.tick) watch_.tick(since_start());
  }

  void take_signals() {
    while (const auto number = signals_.next()) {
      const Clock::time_point now = Clock::now();
      if (!ending_.interrupted) {
        interrupted_at_ = now;
        stop(*number);
      } else if (now - interrupted_at_ > std::chrono::seconds(1)) {
        kill_at_ = now;  // somebody is in earnest
      }
      ending_.interrupted = true;
    }
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
    return !kill_at_ || killed_ || !platform::group_runs(pid_);
  }

  void reap() {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended != pid_) return;
    reaped_ = true;
    if (kill_at_) kill(-pid_, SIGTERM);  // what a shell runs with & does not heed SIGINT
    if (WIFEXITED(status)) ending_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ending_.signal = WTERMSIG(status);
  }

  const Command& command_;
  const Watch& watch_;
  const Clock::time_point begun_ = Clock::now();
  SignalGuard signals_;
  std::optional<Screen> screen_;
  Descriptor log_, said_;
  bool reaped_ = false, killed_ = false;
  pid_t pid_ = -1;
  std::optional<Clock::time_point> kill_at_;
  Clock::time_point interrupted_at_{};
  Ending ending_;
};

[[noreturn]] void cannot_write(const std::filesystem::path& file, const std::string& why) {
  throw Error(ExitCode::broken, "cannot write " + file.string() + ": " + why);
}

Descriptor open_once(const std::filesystem::path& file, int flags) {
  int number = -1;
  do {
    number =
        open(file.c_str(),
             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, 0666);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

// What the waiting process tells the one that began it: a letter, and the pid or what went wrong.
constexpr char kStarted = 's', kMissing = 'm', kFailed = 'f';

void tell(int to, char kind, const std::string& text) {
  const std::string message = kind + text;
  [[maybe_unused]] const ssize_t count = write(to, message.data(), message.size());
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
  if (told != kTold && dup2(told, kTold) < 0) _exit(1);
  fcntl(kTold, F_SETFD, FD_CLOEXEC);
  platform::close_from(kTold + 1);
  const int null = open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null != standard && dup2(null, standard) < 0) _exit(1);
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

Ending run_watched(const Command& command, const Watch& watch) {
  return Run(command, watch).to_the_end();
}

Descriptor open_log(const std::filesystem::path& file, bool fresh) {
  constexpr int kAttempts = 100;  // others may make theirs at the same time
  Descriptor opened;
  for (int i = 0; i < kAttempts && !opened; ++i) {
    if (fresh && unlink(file.c_str()) != 0 && errno != ENOENT)
      cannot_write(file, std::strerror(errno));
    opened = open_once(file, fresh ? O_EXCL : 0);
    if (!opened && !(fresh && errno == EEXIST)) break;
  }
  if (!opened) cannot_write(file, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
  struct stat status {};
  if (fstat(opened.get(), &status) != 0) cannot_write(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) cannot_write(file, "it is not a regular file");
  return above_stdio(std::move(opened));
}

pid_t run_detached(const Command& given, Watch watch,
                   const std::function<void(const Ending&)>& ended) {
  Command command = given;
  command.directory = (std::filesystem::current_path() / command.directory).string();
  watch.session = true;
  watch.show = -1;
  watch.input = false;
  watch.log = std::filesystem::absolute(watch.log);
  Pipe pipe;
  std::fflush(nullptr);
  const pid_t waiting = fork();
  if (waiting < 0)
    throw Error(ExitCode::broken, std::string("cannot start a process: ") + std::strerror(errno));
  if (waiting == 0) wait_alone(command, watch, ended, pipe.write.get());
  pipe.write.close();
  std::string message;
  while (pipe.read) read_some(pipe.read, message);
  if (message.starts_with(kStarted)) return static_cast<pid_t>(std::stol(message.substr(1)));
  while (waitpid(waiting, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (message.starts_with(kMissing)) throw MissingProgram(ExitCode::broken, message.substr(1));
  throw Error(ExitCode::broken,
              message.empty() ? "the waiting process ended early" : message.substr(1));
}

}  // namespace gs::process
