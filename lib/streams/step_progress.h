#pragma once
// The running step and its seconds, drawn over itself on a terminal.

#include <string>

#include "lib/process/child.h"

namespace gs::streams {

class StepProgress {
 public:
  StepProgress();
  void draw(const std::string& step, process::Milliseconds elapsed);
  void wipe();

 private:
  bool terminal_;
  process::Milliseconds::rep shown_ = -1;
};

}  // namespace gs::streams
