#include "lib/process/conversation.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "lib/process/start.h"

namespace gs::process {

namespace {

using Clock = std::chrono::steady_clock;

// For poll(2).
int until(Clock::time_point end) {
  using std::chrono::milliseconds;
  constexpr milliseconds::rep kLongest = 60'000;
  const auto rest = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<milliseconds::rep>(rest, 0, kLongest));
}

}  // namespace

Conversation::Conversation(const Command& command) {
  Pipe in, out, err;
  signal(SIGPIPE, SIG_IGN);  // its end is found out by what it does not say
  Startup startup;
  startup.in = in.read.get();
  startup.out = out.write.get();
  startup.err = err.write.get();
  pid_ = start(command, startup);
  in_ = std::move(in.write);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  set_nonblocking(in_);
  set_nonblocking(err_);
}

Conversation::~Conversation() {
  end();
}

void Conversation::end() {
  if (pid_ < 0) return;
  in_.close();
  // Its stdout ends with it; what it has to say is not wanted any more.
  const Clock::time_point late = Clock::now() + std::chrono::seconds(1);
  pollfd wait{out_.get(), POLLIN, 0};
  std::string rest;
  while (out_ && Clock::now() < late && poll(&wait, 1, until(late)) > 0 && read_some(out_, rest))
    rest.clear();
  if (out_) kill(pid_, SIGKILL);
  out_.close();
  wait_for(pid_);
  while (err_ && read_some(err_, errors_)) {  // not what others would still write there
  }
  pid_ = -1;
}

// Whether anything may still come.
bool Conversation::exchange(std::string_view& rest, int wait) {
  std::array<pollfd, 3> waits{{{rest.empty() ? -1 : in_.get(), POLLOUT, 0},
                               {out_.get(), POLLIN, 0},
                               {err_.get(), POLLIN, 0}}};
  if (poll(waits.data(), waits.size(), wait) <= 0) return true;
  if (waits[2].revents != 0) read_some(err_, errors_);
  if (waits[0].revents != 0) {
    const ssize_t written = ::write(in_.get(), rest.data(), rest.size());
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EAGAIN && errno != EINTR) rest = {};
  }
  return waits[1].revents == 0 || read_some(out_, said_);
}

std::optional<std::string> Conversation::ask(std::string_view line, std::chrono::milliseconds limit,
                                             std::size_t most) {
  if (pid_ < 0) return std::nullopt;
  tell(line);
  const std::string question = std::move(untold_);
  untold_.clear();
  std::string_view rest = question;
  const Clock::time_point end_of_time = Clock::now() + limit;
  for (std::size_t looked = 0; said_.size() <= most + 1;) {
    const std::size_t at = said_.find('\n', looked);
    if (at != said_.npos && rest.empty()) {
      std::string answer = said_.substr(0, at);
      said_.erase(0, at + 1);
      return answer;
    }
    looked = at == said_.npos ? said_.size() : at;
    if (Clock::now() >= end_of_time || !exchange(rest, until(end_of_time))) break;
  }
  kill(pid_, SIGKILL);
  out_.close();
  end();
  return std::nullopt;
}

}  // namespace gs::process
