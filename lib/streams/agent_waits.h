#pragma once
// Which agents wait for which of their own stream, directly or by way of other streams.

#include <map>
#include <vector>

#include "analyzers/phases.h"
#include "lib/core/policy.h"

namespace gs::streams {

class AgentWaits {
 public:
  explicit AgentWaits(const core::Policy& policy);

  // Of one stream (a number of the policy's); nodes are numbers of its agents.
  std::vector<analyzers::Dependency> within(std::size_t stream) const;

 private:
  std::vector<bool> reached_from(std::size_t agent) const;

  const core::Policy& policy_;
  std::vector<std::size_t> first_;  // by stream: its first agent; the others follow
  // Agents first, then for each stream its beginning and its end: an agent waits for the beginning
  // of its stream, that for the ends of the streams it depends on, and an end for all agents.
  std::vector<std::vector<std::size_t>> waits_for_;
};

}  // namespace gs::streams
