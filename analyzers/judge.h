#pragma once
// The verdict: one pure function behind every gate (contract, sections 4 and 8).

#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/core/identity.h"
#include "lib/core/lock.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// All that a verdict depends on.
struct Question {
  const core::ChangeSet& changes;
  const core::Policy& policy;
  const core::LockTable& locks;  // at least those that may cover a changed path
  const core::Identity& identity;
  core::Instant now;
  core::OffsetAt local;  // for the times in messages
  bool ignore_case = false;
  std::string_view top = {};  // put before paths in hints: ":/" for a reader below the top folder
};

core::Verdict judge(const Question& question);

}  // namespace gs::analyzers
