#include "lib/process/screen.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace gs::process {

namespace {

constexpr std::size_t kRoom = std::size_t{1} << 20;
constexpr auto kPatience = std::chrono::seconds(2);

// Less than all is written when that is all there is room for; 0: nobody will read it.
std::size_t write_some(int descriptor, std::string_view bytes) {
  while (true) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) {
      pollfd room{descriptor, POLLOUT, 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return 0;
    }
  }
}

}  // namespace

struct Screen::State {
  int descriptor = -1;
  std::mutex mutex;
  std::condition_variable changed;
  std::string waiting;
  std::size_t left_out = 0, written = 0;
  bool closing = false, gone = false, done = false;

  void run() {
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    std::unique_lock lock(mutex);
    while (!gone) {
      changed.wait(lock, [&] { return closing || !waiting.empty(); });
      if (waiting.empty()) break;
      const std::string bytes = std::exchange(waiting, {});
      lock.unlock();
      const bool shown = write_all(bytes);
      lock.lock();
      gone = !shown;
      changed.notify_all();
    }
    done = true;
    changed.notify_all();
  }

  bool write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t count = write_some(descriptor, bytes);
      if (count == 0) return false;
      bytes.remove_prefix(count);
      const std::lock_guard lock(mutex);
      written += count;
    }
    return true;
  }
};

Screen::Screen(int descriptor) : state_(std::make_shared<State>()) {
  state_->descriptor = descriptor;
  // It may be stuck in a write when everything else is over: nobody waits for its end.
  std::thread([state = state_] { state->run(); }).detach();
}

Screen::~Screen() {
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  state_->changed.notify_all();
  std::size_t before = state_->written + 1;
  while (!state_->done && state_->written != before) {
    before = state_->written;
    state_->changed.wait_for(lock, kPatience, [&] { return state_->done; });
  }
}

void Screen::show(std::string_view bytes) {
  const std::lock_guard lock(state_->mutex);
  if (state_->gone) return;
  if (state_->waiting.size() + bytes.size() > kRoom) {
    state_->left_out += bytes.size();
    return;
  }
  if (state_->left_out > 0) {
    state_->waiting +=
        "\r\n[" + std::to_string(state_->left_out) + " bytes not shown: they are in the log]\r\n";
    state_->left_out = 0;
  }
  state_->waiting += bytes;
  state_->changed.notify_all();
}

}  // namespace gs::process
