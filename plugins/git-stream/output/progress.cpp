#include "plugins/git-stream/output/progress.h"

#include <chrono>
#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>

namespace gs::command {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kBetween = std::chrono::milliseconds(100);

}  // namespace

struct ProgressLine::State {
  const char* doing;
  const char* what;
  bool terminal = isatty(STDERR_FILENO) != 0;
  bool drawn = false;
  Clock::time_point begun = Clock::now(), last = begun;

  void show(std::size_t done, std::size_t all) {
    const Clock::time_point now = Clock::now();
    if (!terminal || now - begun < kPatience || now - last < kBetween) return;
    last = now;
    drawn = true;
    const std::string line = fmt::format("\r{}: {} of {} {}", doing, done, all, what);
    std::fputs(line.c_str(), stderr);
  }
};

ProgressLine::ProgressLine(const char* doing, const char* what)
    : state_(std::make_unique<State>()) {
  state_->doing = doing;
  state_->what = what;
}

ProgressLine::~ProgressLine() {
  if (state_->drawn) std::fputs("\r\x1b[K", stderr);
}

facts::Progress ProgressLine::callback() {
  return [state = state_.get()](std::size_t done, std::size_t all) { state->show(done, all); };
}

}  // namespace gs::command
