#pragma once
// How far a long command is: on a terminal, and only after it has taken a second.

#include <memory>

#include "lib/facts/tree_imports.h"

namespace gs::command {

// One line on stderr, drawn over itself, and wiped away when this goes out of scope.
class ProgressLine {
 public:
  explicit ProgressLine(const char* doing, const char* what = "files");
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  facts::Progress callback();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gs::command
