#include "lib/state/flock.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fmt/core.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/platform/process_id.h"
#include "lib/state/files.h"

namespace gs::state {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kSilence{1'000}, kPatience{10'000}, kTick{100};

// When this process has waited enough; moved by those who must answer in time, and to the past by
// one wait that was in vain: what one process holds is not waited for twice.
std::optional<Clock::time_point>& last_moment() {
  static std::optional<Clock::time_point> moment;
  return moment;
}

// Interrupts what this thread waits for in the kernel, every kTick: a blocked flock(2) keeps its
// place in the queue longer than one that is tried again and again.
class Ticks {
 public:
  Ticks() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(kSignal, &action, nullptr);  // never taken back: other threads may be waiting
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, kSignal);
    pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = kSignal;
    event._sigev_un._tid = gettid();
    const timespec tick{0, kTick.count() * 1'000'000};
    const itimerspec every{tick, tick};
    made_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    if (made_) timer_settime(timer_, 0, &every, nullptr);
  }
  ~Ticks() {
    if (made_) timer_delete(timer_);
  }
  Ticks(const Ticks&) = delete;
  Ticks& operator=(const Ticks&) = delete;

  bool made() const { return made_; }

 private:
  const int kSignal = SIGRTMIN + 3;
  timer_t timer_{};
  bool made_ = false;
};

// The process that holds a lock on this file, as proc(5) lists it now; 0: none is seen.
pid_t listed_holder(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return 0;
  const std::string device =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  const std::string inode = fmt::format(":{}", status.st_ino);
  constexpr std::size_t kMost = 1 << 20;
  const std::string locks = read_file("/proc/locks", kMost).value_or("");
  pid_t likely = 0;
  for (std::string_view rest = locks; !rest.empty();) {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    std::array<char, 64> kind{}, place{};
    int pid = 0;
    // "1: FLOCK  ADVISORY  WRITE 12 08:01:77 0 EOF"; "1: -> FLOCK …" is one who waits.
    if (std::sscanf(line.c_str(), "%*d: %63s %*s %*s %d %63s", kind.data(), &pid, place.data()) !=
        3)
      continue;
    if (std::string_view(kind.data()) != "FLOCK" || pid <= 0) continue;
    if (place.data() == device) return pid;
    // Some file systems list another device than they tell.
    if (std::string_view(place.data()).ends_with(inode)) likely = pid;
  }
  return likely;
}

// The kernel gives that list piece by piece, and passes locks over while others come and go.
pid_t holder_of(int descriptor) {
  constexpr int kTimes = 5;
  pid_t holder = 0;
  for (int i = 0; i < kTimes && holder == 0; ++i) holder = listed_holder(descriptor);
  return holder;
}

std::string variable_of(pid_t pid, std::string_view name) {
  constexpr std::size_t kMost = 4 << 20;
  std::string all;
  try {
    all = read_file(fmt::format("/proc/{}/environ", pid), kMost).value_or("");
  } catch (const core::Error&) {
    return {};  // another user's
  }
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view entry = core::take_part(rest, '\0');
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
      return std::string(entry.substr(name.size() + 1));
  }
  return {};
}

// "process 12 (python3, agent-F1, in /home/ada/bot-stream-F), which is stopped"
std::string describe(pid_t pid) {
  if (pid == 0) return "a process that cannot be seen from here";
  constexpr std::size_t kMost = 4096;
  std::string program = read_file(fmt::format("/proc/{}/comm", pid), kMost).value_or("?");
  while (program.ends_with('\n')) program.pop_back();
  std::string text = fmt::format("process {} ({}", pid, core::printable(program));
  const std::string agent = variable_of(pid, "GIT_STREAM_AGENT");
  if (!agent.empty()) text += ", " + core::printable(agent);
  std::error_code hidden;
  const fs::path folder = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), hidden);
  if (!hidden) text += ", in " + core::quote_path(folder.native());
  text += ')';
  if (platform::liveness(platform::process_id_of(pid)) == platform::Liveness::stopped)
    text += ", which is stopped";
  return text;
}

[[noreturn]] void give_up(int descriptor, const fs::path& file, milliseconds waited) {
  last_moment() = Clock::now();
  const pid_t holder = holder_of(descriptor);
  const std::string end = holder == 0 ? "" : fmt::format("kill -CONT {0}, or kill {0}", holder);
  throw core::Error(
      core::ExitCode::broken,
      fmt::format("{} was not free in {} s: {} holds it", core::quote_path(file.native()),
                  (waited.count() + 500) / 1'000, describe(holder)),
      end.empty() ? "find who holds it: lslocks" : end + ", then again");
}

// Whether it was got without waiting; errno is that of flock(2) otherwise.
bool got_at_once(int descriptor, int operation) {
  int result = -1;
  do {
    result = flock(descriptor, operation | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

void wait_for_lock(int descriptor, const fs::path& file, int operation) {
  const Clock::time_point began = Clock::now();
  const Clock::time_point end =
      std::min(last_moment().value_or(Clock::time_point::max()), began + kPatience);
  const Ticks ticks;
  bool silent = true;
  for (;;) {
    const auto waited = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    if (Clock::now() >= end) give_up(descriptor, file, waited);
    if (silent && waited >= kSilence) {
      silent = false;
      std::fprintf(stderr, "git-stream: waiting for %s: %s holds it\n",
                   core::quote_path(file.native()).c_str(),
                   describe(holder_of(descriptor)).c_str());
    }
    if (ticks.made() ? flock(descriptor, operation) == 0 : got_at_once(descriptor, operation))
      return;
    if (errno == EWOULDBLOCK) usleep(10'000);
    if (errno != EINTR && errno != EWOULDBLOCK) fail("lock", file, errno);
  }
}

}  // namespace

void take_lock(int descriptor, const fs::path& file, Hold hold) {
  const int operation = hold == Hold::shared ? LOCK_SH : LOCK_EX;
  if (got_at_once(descriptor, operation)) return;
  if (errno != EWOULDBLOCK) fail("lock", file, errno);
  wait_for_lock(descriptor, file, operation);
}

void wait_no_longer_than(milliseconds time) {
  last_moment() = Clock::now() + time;
}

}  // namespace gs::state
