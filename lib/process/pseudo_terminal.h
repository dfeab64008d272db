#pragma once
// A terminal for a child, shown on this process's own: how a program that is being logged can still
// be worked with.

#include <memory>
#include <string>
#include <termios.h>

#include "lib/platform/descriptor.h"

namespace gs::process {

class PseudoTerminal {
 public:
  // Of the size and the settings of the terminal on stdin. Nothing when stdin and stdout are not
  // both a terminal, another process group has it, or the system has no more of them.
  static std::unique_ptr<PseudoTerminal> like_ours();

  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;
  ~PseudoTerminal();  // gives our terminal its settings back

  const std::string& name() const { return name_; }  // the child's end
  int descriptor() const { return ours_.get(); }     // our end; never blocks
  // The child has its end open: from here on every key, Ctrl-C too, is the child's.
  void begin();
  void resize() const;  // to our terminal's size
  bool keys_wait() const { return !keys_.empty(); }
  bool hungry() const { return open_ && keys_.empty(); }  // for keys
  void take_keys();                                       // from stdin, which has some
  void give_keys();                                       // as many as the child's end takes

 private:
  PseudoTerminal() = default;

  platform::Descriptor ours_, childs_;
  std::string name_, keys_;
  termios settings_{};
  bool open_ = true, raw_ = false;
};

}  // namespace gs::process
