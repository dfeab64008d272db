#include "lib/process/pseudo_terminal.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gs::process {

std::unique_ptr<PseudoTerminal> PseudoTerminal::like_ours() {
  const bool shown = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  if (!shown || tcgetpgrp(STDIN_FILENO) != getpgrp()) return nullptr;
  std::unique_ptr<PseudoTerminal> terminal(new PseudoTerminal);
  winsize size{};
  if (tcgetattr(STDIN_FILENO, &terminal->settings_) != 0) return nullptr;
  ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
  terminal->ours_ = platform::Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  const int ours = terminal->ours_.get();
  std::array<char, 128> name{};
  if (ours < 0 || grantpt(ours) != 0 || unlockpt(ours) != 0 ||
      ptsname_r(ours, name.data(), name.size()) != 0) {
    return nullptr;
  }
  terminal->name_ = name.data();
  // Ours too until the child has it: an end that nobody has open reads as closed.
  terminal->childs_ = platform::Descriptor(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal->childs_) return nullptr;
  tcsetattr(terminal->childs_.get(), TCSANOW, &terminal->settings_);
  ioctl(ours, TIOCSWINSZ, &size);
  fcntl(ours, F_SETFL, O_RDWR | O_NONBLOCK);
  return terminal;
}

PseudoTerminal::~PseudoTerminal() {
  if (raw_) tcsetattr(STDIN_FILENO, TCSANOW, &settings_);
}

void PseudoTerminal::begin() {
  childs_.close();
  termios raw = settings_;
  cfmakeraw(&raw);
  raw_ = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void PseudoTerminal::resize() const {
  winsize size{};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(ours_.get(), TIOCSWINSZ, &size);
}

void PseudoTerminal::take_keys() {
  std::array<char, 4096> buffer;
  const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count > 0) keys_.assign(buffer.data(), static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) open_ = false;
}

void PseudoTerminal::give_keys() {
  const ssize_t count = write(ours_.get(), keys_.data(), keys_.size());
  if (count > 0) keys_.erase(0, static_cast<std::size_t>(count));
  if (count < 0 && errno != EINTR && errno != EAGAIN) keys_.clear();
}

}  // namespace gs::process
