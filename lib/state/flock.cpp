#include "lib/state/flock.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fmt/core.h>
#include <optional>
#include <sys/file.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/platform/flock_holder.h"
#include "lib/platform/process_info.h"
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

// "process 12 (python3, agent-F1, in /home/ada/bot-stream-F), which is stopped"
std::string describe(pid_t pid) {
  if (pid == 0) return "a process that cannot be seen from here";
  const auto info = platform::process_info(pid);
  std::string text = fmt::format("process {} ({}", pid, info ? core::printable(info->name) : "?");
  const std::string agent = platform::variable_of(pid, "GIT_STREAM_AGENT");
  if (!agent.empty()) text += ", " + core::printable(agent);
  if (const auto folder = platform::folder_of(pid))
    text += ", in " + core::quote_path(folder->native());
  text += ')';
  if (info && info->state == platform::Liveness::stopped) text += ", which is stopped";
  return text;
}

[[noreturn]] void give_up(int descriptor, const fs::path& file, milliseconds waited) {
  last_moment() = Clock::now();
  const pid_t holder = platform::flock_holder(descriptor);
  const std::string end = holder == 0 ? "" : fmt::format("kill -CONT {0}, or kill {0}", holder);
  throw core::Error(
      core::ExitCode::broken,
      fmt::format("{} was not free in {} s: {} holds it", core::quote_path(file.native()),
                  (waited.count() + 500) / 1'000, describe(holder)),
      end.empty() ? std::string(platform::how_to_find_holder()) : end + ", then again");
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
  // A blocked flock(2) keeps its place in the queue longer than one that is tried again and again.
  const platform::Interrupts ticks(kTick);
  bool silent = true;
  for (;;) {
    const auto waited = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    if (Clock::now() >= end) give_up(descriptor, file, waited);
    if (silent && waited >= kSilence) {
      silent = false;
      std::fprintf(stderr, "git-stream: waiting for %s: %s holds it\n",
                   core::quote_path(file.native()).c_str(),
                   describe(platform::flock_holder(descriptor)).c_str());
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
