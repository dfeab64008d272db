#pragma once
// A policy that is proposed for a repository, and its text with the reasons as comments.

#include <cstddef>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/policy.h"

namespace gs::policy {

struct ProposedStream {
  std::string name;                   // for people; any text
  std::vector<std::string> patterns;  // of its agent
  std::string reason;                 // one line; may be empty
};

struct ProposedCheck {
  core::ValidateStep step;
  std::string reason;
};

struct ProposedPolicy {
  core::BranchName integration_branch{"develop"};
  std::vector<ProposedStream> streams;
  std::vector<std::string> shared;
  std::vector<std::string> python_roots;  // empty: the usual ones
  std::vector<std::string> python_ignore;
  std::vector<core::Layer> layers;
  std::size_t imports = 0;  // that the layers were made from
  std::vector<ProposedCheck> checks;
};

// `.streams.yaml`. Parses without error, whatever the names are.
std::string policy_text(const ProposedPolicy& proposed);

}  // namespace gs::policy
