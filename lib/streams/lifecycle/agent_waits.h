#pragma once
// Which agents wait for which of their own stream, directly or by way of other streams.

#include <vector>

#include "analyzers/phases.h"
#include "lib/core/policy.h"

namespace gs::streams {

class AgentWaits {
 public:
  explicit AgentWaits(const core::Policy& policy);

  // Of one stream (a number of the policy's); nodes are numbers of its agents.
  std::vector<analyzers::Dependency> within(std::size_t stream) const;
  // A shortest circle in which agents wait for themselves, edge by edge; empty when there is none.
  std::vector<analyzers::Dependency> circle() const;

 private:
  void add(std::size_t node, std::size_t on, std::string reason);
  std::vector<bool> reached_from(std::size_t agent) const;

  const core::Policy& policy_;
  std::vector<std::size_t> first_;  // by stream: its first agent; the others follow
  // Of agents, and then of each stream's beginning and its end: an agent waits for the beginning of
  // its stream, that for the ends of the streams it depends on, and an end for all agents.
  std::vector<analyzers::Dependency> all_;
  std::vector<std::vector<std::size_t>> waits_for_;  // the same by node
};

}  // namespace gs::streams
