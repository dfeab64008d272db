#pragma once
// `git stream policy --detect`: a policy from what is in a repository.

#include <cstddef>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/detection/project_checks.h"
#include "lib/policy/proposed_policy.h"

namespace gs::detection {

// Regular files that are tracked, or new and not ignored: paths from the top, sorted, each once.
struct RepositoryFiles {
  std::vector<std::string> paths;
  ReadFile read;  // nothing for what is not there any more: it is left out
};

// Source roots, scopes, layers and checks. `scopes`: for how many agents; 0: by the number of
// files that are to be divided, two for up to thirty, and not more than eight. Parses without
// error; by it no import of today points up, and each Python file is in one agent's scope or
// shared.
policy::ProposedPolicy detect_policy(const RepositoryFiles& files,
                                     const core::BranchName& integration_branch,
                                     std::size_t scopes);

}  // namespace gs::detection
