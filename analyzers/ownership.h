#pragma once
// Scope and protection: may this identity change this path at all?

#include <optional>

#include "lib/core/finding.h"
#include "lib/core/lock.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// What the place of a path means for somebody in a stream; `unowned: lock` is settled by locks.h.
std::optional<core::Finding> judge_place(const core::Policy& policy, const core::Place& place,
                                         std::string_view path);

// ---- Twins: paths that differ only in letter case or Unicode form from what a scope or
// `protected` holds (`LLM/Sentiment.py`). On some file systems they are the same file.

// The policy's patterns without regard to case; made when the first path asks. Keeps references.
class Twins {
 public:
  Twins(const core::Policy& policy, const core::Identity& identity)
      : policy_(policy), identity_(identity) {}

  // What the folded path is, where that says more than `place`, which the path itself has: its
  // owner's, or protected.
  std::optional<core::Place> place(std::string_view path, const core::Place& place);

 private:
  bool concerns(std::string_view path);

  const core::Policy& policy_;
  const core::Identity& identity_;
  std::optional<bool> plain_patterns_;  // ASCII without capitals: they are their own folded form
  std::optional<core::ScopeMap> folded_;
};

// What a twin's place means, as judge_place(); nothing for one's own.
std::optional<core::Finding> judge_twin(const core::Policy& policy, const core::Place& place,
                                        std::string_view path);

// What the policy says of any change by an outsider.
std::optional<core::Finding> judge_outsider(const core::Policy& policy, std::string_view path);

// ---- Locks: is this path leased to somebody else, or to us?

// The live lock of another holder on this path; null when there is none. With several, the one
// that expires last.
const core::Lock* held_by_other(const core::LockTable& locks, std::string_view path,
                                std::string_view holder, core::Instant now, bool ignore_case);
// The same for those who ask about many paths.
const core::Lock* held_by_other(const core::LockIndex& locks, std::string_view path,
                                std::string_view holder, core::Instant now);
bool held_by(const core::LockIndex& locks, std::string_view path, std::string_view holder,
             core::Instant now);

// "held by agent-F1 until 11:00 (35 min): Consolidate sentiment to package"
std::string describe_hold(const core::Lock& lock, core::Instant now, core::OffsetAt local);
// The command that waits for it: "git stream lock --wait 40m llm/sentiment.py"
std::string wait_command(const core::Lock& lock, std::string_view path, core::Instant now);

}  // namespace gs::analyzers
