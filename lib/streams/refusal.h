#pragma once

#include <string>

namespace gs::streams {

// Why something cannot be done, or not yet, and what to do about it (may be empty).
struct Refusal {
  std::string reason, next;
};

}  // namespace gs::streams
