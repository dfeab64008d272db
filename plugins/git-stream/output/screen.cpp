#include "plugins/git-stream/output/screen.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "lib/core/error.h"
#include "lib/platform/descriptors.h"

namespace gs::command {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};

// What handlers leave behind: a byte in the pipe wakes the wait, the flags say why.
std::atomic<int> g_end{0};
std::atomic<bool> g_stop{false}, g_redraw{false};
std::atomic<int> g_wake{-1};

void on_signal(int signal) {
  const int before = errno;
  if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) g_end = signal;
  if (signal == SIGTSTP) g_stop = true;
  if (signal == SIGCONT || signal == SIGWINCH) g_redraw = true;
  const ssize_t ignored = ::write(g_wake, "", 1);
  (void)ignored;
  errno = before;
}

// A terminal that is gone takes nothing: the signal for that comes, or has come.
void write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR && g_end == 0) continue;
    if (count < 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void drain(int descriptor) {
  std::array<char, 64> bytes;
  while (read(descriptor, bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace

struct Screen::Signals {
  platform::PipeEnds pipe;
  std::array<struct sigaction, kSignals.size()> before{};

  Signals() {
    auto ends = platform::make_pipe(platform::Waiting::nonblocking);
    if (!ends) throw core::Error(core::ExitCode::broken, "cannot make a pipe");
    pipe = std::move(*ends);
    g_wake = pipe.write.get();
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], nullptr, &before[i]);
      // Who started us without these signals wants us to live on (nohup).
      if (before[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~Signals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);
    g_wake = -1;
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
};

Screen::Screen() : signals_(std::make_unique<Signals>()) {
  keys_ = tcgetattr(STDIN_FILENO, &before_) == 0;
  enter();
}

Screen::~Screen() {
  leave();
}

void Screen::enter() {
  if (keys_) {
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  write_out("\x1b[?1049h\x1b[?25l");
}

void Screen::leave() {
  write_out("\x1b[?25h\x1b[?1049l");
  if (keys_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

TerminalSize Screen::size() const {
  return terminal_size(STDOUT_FILENO);
}

void Screen::show(const std::vector<Line>& lines, bool colour) {
  const TerminalSize room = size();
  std::string frame = "\x1b[H";
  for (std::size_t i = 0; i < lines.size() && i < room.rows; ++i) {
    // No line break after the last row: it would scroll.
    if (i > 0) frame += "\r\n";
    frame += render(lines[i], room.columns, colour) + "\x1b[K";
  }
  frame += "\x1b[J";
  write_out(frame);
}

// Ctrl-Z: the terminal as it was, until somebody wants us again.
void Screen::stop() {
  leave();
  struct sigaction usual {
  }, ours{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &usual, &ours);
  raise(SIGTSTP);
  sigaction(SIGTSTP, &ours, nullptr);
  enter();
}

Screen::Event Screen::wait(int descriptor, std::chrono::milliseconds longest) {
  std::array<pollfd, 3> waits{{{signals_->pipe.read.get(), POLLIN, 0},
                               {keys_ ? STDIN_FILENO : -1, POLLIN, 0},
                               {descriptor, POLLIN, 0}}};
  if (g_end == 0 && !g_stop && !g_redraw)
    poll(waits.data(), waits.size(), static_cast<int>(longest.count()));
  drain(signals_->pipe.read.get());
  if (g_end != 0) return Event::quit;
  if (g_stop.exchange(false)) {
    stop();
    g_redraw = true;
  }
  if (waits[1].revents != 0) {
    char key = 0;
    const ssize_t count = read(STDIN_FILENO, &key, 1);
    constexpr char kControlC = 3;
    if (count == 1 && (key == 'q' || key == 'Q' || key == kControlC)) return Event::quit;
    if (count <= 0 && (waits[1].revents & (POLLHUP | POLLERR)) != 0) return Event::quit;
    g_redraw = true;
  }
  if (g_redraw.exchange(false)) return Event::redraw;
  return waits[2].revents != 0 ? Event::changed : Event::nothing;
}

int Screen::ended_by() const {
  return g_end;
}

}  // namespace gs::command
