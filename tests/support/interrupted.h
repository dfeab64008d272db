#pragma once
// Work in a child process that is ended with SIGKILL between two of its steps.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace gs::test {

// What a piece of work tells its steps to.
using StepWatch = std::function<void(std::string_view step)>;

struct Interruption {
  bool killed = false;  // false: it ended before that step
  std::string step;     // the last one that was told
  int status = 0;       // its exit code otherwise; 1 when it threw
};

// Runs `work` in a fork of this process, which dies as it tells of its step number `count`, counted
// from 1. Call it with 1, 2, 3 … until it is not killed any more.
Interruption interrupt_after(std::size_t count, const std::function<void(const StepWatch&)>& work);

}  // namespace gs::test
