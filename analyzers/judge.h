#pragma once
// The verdict: one pure function behind every gate (contract, sections 4 and 8).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/import_conflicts.h"
#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/core/ids.h"
#include "lib/core/lock.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// What a change imports anew, and what others are doing to it.
struct ImportEvidence {
  std::vector<core::ImportEdge> added;       // pairs of modules that were not there before
  std::vector<core::Finding> remarks;        // what could not be read
  std::vector<ConcurrentChanges> elsewhere;  // of the imported modules
  std::vector<core::AgentId> done;           // agents whose work is complete
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

// ---- The one place where a rule's action becomes a finding's severity.

// Nothing when the rule is off.
inline std::optional<core::Finding> finding(core::Rule rule, core::Action action,
                                            std::string_view path, std::string message,
                                            std::string hint = {}) {
  if (action == core::Action::off) return std::nullopt;
  const auto severity =
      action == core::Action::block ? core::Severity::block : core::Severity::warn;
  return core::Finding{rule, severity, std::string(path), 0, std::move(message), std::move(hint)};
}

}  // namespace gs::analyzers
