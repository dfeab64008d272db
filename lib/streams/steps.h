#pragma once
// The steps of what must be able to go on after an interruption.

#include <functional>
#include <string_view>

namespace gs::streams {

// Told after each step that outlives the process. Tests end the process here (see
// tests/support/interrupted.h); whoever runs the same command again gets to the same end.
using StepWatch = std::function<void(std::string_view step)>;

inline void step_done(const StepWatch& watch, std::string_view step) {
  if (watch) watch(step);
}

}  // namespace gs::streams
