#pragma once
// Checks an installation: what is fine, what is doubtful, what is broken, and what mends it.

#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::install {

struct Diagnosis {
  enum class Level { ok, warning, failure };
  Level level = Level::ok;
  std::string subject;  // "hooks", "policy", "identity", "state", "worktrees", "git", "command"
  std::string message;
  std::string next;      // what mends it; may be empty
  bool damaged = false;  // the state cannot be used: as everywhere, that is exit code 3
};

// Never throws for what is wrong with the installation: that is what it reports.
std::vector<Diagnosis> examine(git::Repository repository);

}  // namespace gs::install
