#pragma once
// The verdict: one pure function behind every gate (contract, sections 4 and 8).

#include <vector>

#include "analyzers/import_conflicts.h"
#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/core/identity.h"
#include "lib/core/lock.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// What a change imports anew, and what others are doing to it.
struct ImportEvidence {
  std::vector<core::ImportEdge> added;  // pairs of modules that were not there before
  std::vector<core::Finding> remarks;   // what could not be read
  std::vector<Elsewhere> elsewhere;     // of the imported modules
  std::vector<core::AgentId> done;      // agents whose work is complete
};

// All that a verdict depends on.
struct Question {
  const core::ChangeSet& changes;
  const core::Policy& policy;
  const core::LockTable& locks;  // at least those on changed paths and on what they import anew
  const core::Identity& identity;
  core::Instant now;
  core::OffsetAt local;  // for the times in messages
  bool ignore_case = false;
  std::string_view top = {};  // put before paths in hints: ":/" for a reader below the top folder
  const ImportEvidence* imports = nullptr;
};

core::Verdict judge(const Question& question);

}  // namespace gs::analyzers
