#pragma once
// The plan: what the policy's streams and agents can do side by side, who waits for whom, and what
// there is to do. git is not asked.

#include <string>
#include <vector>

#include "analyzers/phases.h"
#include "lib/conflicts/dependencies.h"
#include "lib/core/policy.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/tasks.h"

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

struct PlannedAgent {
  core::AgentId id;
  std::string scope;
  bool done = false;
  std::vector<core::AgentId> after;    // all of the policy's
  std::vector<core::AgentId> awaited;  // of those, the ones of other streams that are not done
};

struct PlannedStream {
  core::StreamId id;
  std::string name;
  core::StreamStatus status = core::StreamStatus::waiting;
  core::Parallel parallel = core::Parallel::full;
  std::vector<core::StreamId> depends_on;
  std::vector<core::StreamId> missing;           // of those, the ones that are not done
  std::vector<std::vector<PlannedAgent>> waves;  // one after the other
  std::vector<Task> tasks;  // by wave, agent, priority and number; those of no agent last

  bool ready() const { return status == core::StreamStatus::waiting && missing.empty(); }
};

// Tenths of days from the beginning, by the estimates of what is not done; equal: nothing is
// estimated.
struct PlannedDays {
  std::uint32_t begin = 0, end = 0;
};

struct Plan {
  std::vector<std::vector<PlannedStream>> phases;
  std::vector<PlannedDays> days;              // of each phase
  std::vector<Task> tasks;                    // of no stream
  std::vector<conflicts::StreamWait> circle;  // of whole streams, edge by edge: see plan_of
};

// A stream's phase follows from depends_on alone: that is what `start` asks for. An agent's `after`
// makes that agent wait and nobody else, be it for one of its own stream or of another; so its wave
// comes after those of the agents of its stream for whom it waits, directly or through agents and
// dependencies of other streams. With `parallel: none` each wave is one agent.
// Two streams may wait for each other's agents though no agent waits for itself: they can be worked
// on, but neither can be complete, and merged, before the other. `circle` tells a shortest one.
// Throws core::Error (usage) where an agent or a stream waits for itself, which no policy file may
// say.
Plan plan_of(const core::Policy& policy, const state::Streams& streams,
             const std::vector<Task>& tasks);

}  // namespace gs::streams
