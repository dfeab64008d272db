#pragma once
// New imports of what others are working on (contract, section 9).

#include <optional>
#include <string>
#include <vector>

#include "lib/core/finding.h"
#include "lib/core/ids.h"
#include "lib/core/import_facts.h"
#include "lib/core/lock.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// What another stream's branch has made of an imported module since it left the integration branch.
struct ConcurrentChanges {
  core::StreamId stream;
  core::BranchName branch;
  std::string target_path;
  bool gone = false;                    // the file is deleted or moved there
  std::vector<std::string> gone_names;  // names that the module no longer binds there
};

struct ConflictQuestion {
  const std::vector<core::ImportEdge>& edges;  // new ones
  const core::Policy& policy;
  const core::LockTable& locks;  // at least those on the edges' target paths
  const core::Identity& identity;
  const std::vector<ConcurrentChanges>& elsewhere;
  const std::vector<core::AgentId>& done;  // agents whose work is complete
  core::Instant now;
  core::OffsetAt local;
  bool ignore_case = false;
};

// In the edges' order, the worst level of each import and other agent first; one a module, path and
// other agent. Nothing for outsiders, and nothing of the committer's own.
std::vector<core::ImportConflict> import_conflicts(const ConflictQuestion& question);

// As a finding of rule import-conflict; nothing when the rule is off.
std::optional<core::Finding> as_finding(const core::ImportConflict& conflict, core::Action action);

}  // namespace gs::analyzers
