#include "plugins/git-stream/mcp/server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <memory>
#include <poll.h>
#include <unistd.h>

#include "lib/core/version.h"
#include "lib/mcp/connection.h"
#include "lib/process/forked.h"
#include "plugins/git-stream/mcp/tool_run.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using process::Forked;

constexpr std::size_t kSideBySide = 4;        // calls
constexpr std::size_t kMostUnread = 8 << 20;  // bytes of answers; then no more is asked for

struct Running {
  mcp::Call call;
  std::unique_ptr<Forked> process;
  bool cancelled = false;  // nobody waits for what comes of it
};

class Server {
 public:
  // 0, or the signal that is to end this process.
  int run() {
    while (reading_ || !running_.empty() || !waiting_.empty() || unsent() > 0) {
      wait(-1);
      if (const auto signal = guard_.next()) return end_all(*signal);
    }
    return 0;
  }

 private:
  void wait(int milliseconds) {
    const bool hungry = reading_ && unsent() < kMostUnread;
    std::vector<pollfd> waits{{hungry ? STDIN_FILENO : -1, POLLIN, 0},
                              {unsent() == 0 ? -1 : STDOUT_FILENO, POLLOUT, 0},
                              {guard_.descriptor(), POLLIN, 0}};
    for (const Running& one : running_) {
      waits.push_back({one.process->output_descriptor(), POLLIN, 0});
      waits.push_back({one.process->errors_descriptor(), POLLIN, 0});
      waits.push_back({one.process->answer_descriptor(), POLLIN, 0});
    }
    if (poll(waits.data(), static_cast<nfds_t>(waits.size()), milliseconds) < 0) return;
    collect();
    if (waits[0].revents != 0) read_more();
    if (waits[1].revents != 0) send_more();
  }

  void read_more() {
    std::array<char, 65536> buffer;
    const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    reading_ = count > 0;
    if (reading_)
      lines_.add({buffer.data(), static_cast<std::size_t>(count)});
    else
      lines_.end();
    while (const auto line = lines_.next()) take(*line);
  }

  void take(const mcp::LineSplitter::Line& line) {
    mcp::Connection::Step step = connection_.take(line);
    answers_ += step.replies;
    for (mcp::Call& call : step.calls) waiting_.push_back(std::move(call));
    for (const core::Json& id : step.cancelled) cancel(id);
    start_waiting();
  }

  // A pipe that can be written to takes so much at once, and a socket as well.
  void send_more() {
    constexpr std::size_t kAtOnce = 4096;
    const ssize_t count =
        write(STDOUT_FILENO, answers_.data() + sent_, std::min(unsent(), kAtOnce));
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0)
      throw Error(ExitCode::broken, std::string("cannot write an answer: ") + std::strerror(errno));
    sent_ += static_cast<std::size_t>(count);
    if (unsent() > 0) return;
    answers_.clear();
    sent_ = 0;
  }

  void start_waiting() {
    while (running_.size() < kSideBySide && !waiting_.empty()) {
      mcp::Call call = std::move(waiting_.front());
      waiting_.pop_front();
      auto process =
          std::make_unique<Forked>([&](int answer) { return run_call(call, answer); }, guard_);
      running_.push_back({std::move(call), std::move(process)});
    }
  }

  void collect() {
    std::erase_if(running_, [&](const Running& one) {
      if (!one.process->collect()) return false;
      if (one.cancelled) return true;
      const Forked& ended = *one.process;
      answers_ +=
          connection_.finish(one.call, {ended.status, ended.output, ended.errors, ended.answer});
      return true;
    });
    start_waiting();
  }

  void cancel(const core::Json& id) {
    std::erase_if(waiting_, [&](const mcp::Call& call) { return drop(call, id); });
    for (Running& one : running_) {
      if (one.cancelled || !drop(one.call, id)) continue;
      one.cancelled = true;
      one.process->stop();
    }
  }

  bool drop(const mcp::Call& call, const core::Json& id) {
    if (call.id != id) return false;
    answers_ += connection_.drop(call);
    return true;
  }

  int end_all(int signal) {
    constexpr int kGrace = 1000, kStep = 50;  // milliseconds
    for (const Running& one : running_) one.process->stop();
    waiting_.clear();
    reading_ = false;
    answers_.clear();
    sent_ = 0;
    for (Running& one : running_) one.cancelled = true;
    for (int left = kGrace; left > 0 && !running_.empty(); left -= kStep) wait(kStep);
    return signal;
  }

  std::size_t unsent() const { return answers_.size() - sent_; }

  process::SignalGuard guard_;
  mcp::Connection connection_{gs::core::kVersion};
  mcp::LineSplitter lines_;
  std::deque<mcp::Call> waiting_;
  std::vector<Running> running_;
  std::string answers_;
  std::size_t sent_ = 0;  // of these
  bool reading_ = true;
};

}  // namespace

ExitCode serve_mcp() {
  const int signal = Server().run();
  if (signal == SIGINT) return ExitCode::interrupted;
  if (signal != 0) raise(signal);  // whoever sent it shall learn that it worked
  return ExitCode::clean;
}

}  // namespace gs::command
