#pragma once
// Who is to get past the gates: an agent of the policy, with a file of its own and one that it may
// not change.

#include <optional>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/policy.h"

namespace gs::proof {

struct Attacker {
  core::StreamId stream;
  core::AgentId agent;  // the attacker
  std::string mine;     // in its scope
  std::string theirs;   // out of bounds; empty: this policy lets the agent change everything
  std::string why;      // theirs is: "belongs to agent-E1 (stream E)"
  std::string shared;   // anybody's in a stream; may be empty
  std::optional<core::AgentId> owner;   // of `theirs`
  std::optional<core::AgentId> other;   // somebody else in the policy: who holds locks
  std::optional<core::StreamId> rival;  // another stream, the owner's if there is one
  bool outside = false;                 // `theirs` is out of bounds for the whole stream
};

// From the policy and the regular files of a tree, in any order. A file that is not there is made
// up from the patterns. Throws core::Error (usage) when no agent has a scope.
Attacker choose_attacker(const core::Policy& policy, const std::vector<std::string>& files,
                         bool ignore_case);

// A path that the pattern could mean: "llm/proof.py" of "llm/**/*.py"; empty for one that negates.
std::string path_of_pattern(const std::string& pattern);

}  // namespace gs::proof
