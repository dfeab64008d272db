#pragma once
// What refs hold, wherever they are stored.

#include <string>

#include "lib/core/change.h"

namespace gs::git {

// What one ref holds: an object, or the name of another ref.
struct Ref {
  core::ObjectId id;
  std::string target;  // empty unless symbolic
};

// One line of a ref's log: git-reflog(1). A zero id: there was no ref, or is none any more.
struct RefMove {
  core::ObjectId before, after;
  std::string message;  // without a line feed at its end
};

}  // namespace gs::git
