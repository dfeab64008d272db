#pragma once
// What git is at for a start or a merge, for whoever comes after an interruption.

#include <filesystem>
#include <string>

#include "lib/git/repository.h"
#include "lib/platform/descriptor.h"

namespace gs::streams {

// COMMONDIR/stream/NAME.lock: there from before git begins until all of it is done. git is given
// the open file, locked: it goes on when this process is killed, and whoever comes next waits for
// it. To be used under the Turn.
class Mark {
 public:
  // Waits a minute for a git that is at work still; throws core::Error (broken) then, saying what
  // it does ("making the worktree of stream A") and what to call afterwards.
  Mark(const git::Layout& layout, const std::string& name, const std::string& doing,
       const std::string& again);

  // Whether it was there before: what was begun then was not finished; and what was noted of it.
  bool interrupted() const { return interrupted_; }
  const std::string& noted() const { return noted_; }

  void note(const std::string& text);  // before git begins
  int descriptor() const { return file_.get(); }
  void finish();  // removes it

  static bool pending(const git::Layout& layout, const std::string& name);

 private:
  std::filesystem::path path_;
  platform::Descriptor file_;
  bool interrupted_ = false;
  std::string noted_;
};

// The one program that is started meanwhile keeps the mark's file, and its lock.
class Handed {
 public:
  explicit Handed(const Mark& mark);
  ~Handed();
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;

 private:
  int descriptor_;
};

}  // namespace gs::streams
