#pragma once
// The whole terminal for a while, and back as it was, whatever ends it.

#include <chrono>
#include <memory>
#include <string>
#include <termios.h>
#include <vector>

#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

// The alternate screen of stdout, without a cursor; keys of stdin, when that is a terminal too,
// come one by one and are not shown. One at a time. SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT and
// SIGWINCH are its business while it lives.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  TerminalSize size() const;
  // Puts the lines in the place of what was shown, in one write.
  void show(const std::vector<Line>& lines, bool colour);

  enum class Event { nothing, changed, redraw, quit };
  // Waits for a key ('q' and Ctrl-C quit, any other redraws), a signal, `descriptor` (changed), or
  // for the time to pass.
  Event wait(int descriptor, std::chrono::milliseconds longest);
  // The signal that told us to end; 0: none.
  int ended_by() const;

 private:
  void enter();
  void leave();
  void stop();

  struct Signals;
  std::unique_ptr<Signals> signals_;
  bool keys_ = false;
  termios before_{};
};

}  // namespace gs::command
