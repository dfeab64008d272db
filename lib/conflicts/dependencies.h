#pragma once
// What streams and agents wait for, by the policy and the recorded state.

#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/state/streams.h"

namespace gs::conflicts {

// A stream that waits for another, as the policy says it.
struct StreamWait {
  core::StreamId stream, on;
  std::string reason;    // "E depends on A", "E2 comes after A1"
  bool declared = true;  // depends_on; false: by `after` between their agents

  bool operator==(const StreamWait&) const = default;
};

// Every wait of a stream for another, in the policy's order, declared ones of a stream first.
std::vector<StreamWait> stream_waits(const core::Policy& policy);

// The streams that it depends on and that are not completed yet, in the policy's order.
std::vector<core::StreamId> missing_dependencies(const core::Policy& policy,
                                                 const state::Streams& streams,
                                                 const core::StreamSpec& stream);

// The same for merging: those that are not merged yet.
std::vector<core::StreamId> unmerged_dependencies(const core::Policy& policy,
                                                  const state::Streams& streams,
                                                  const core::StreamSpec& stream);

// Not started, and nothing is missing; in the policy's order.
std::vector<core::StreamId> ready_streams(const core::Policy& policy,
                                          const state::Streams& streams);

// The command that starts it, or brings its start nearest: starts what can start of those that it
// waits for, else completes what is under way.
std::string way_to_start(const core::Policy& policy, const state::Streams& streams,
                         const core::StreamSpec& stream);

// Whether the agent's work is complete: its own, or its whole stream's.
bool agent_done(const core::Policy& policy, const state::Streams& streams,
                const core::AgentId& agent);

// Of the agents that this one comes after, those that are not done.
std::vector<core::AgentId> missing_agents(const core::Policy& policy, const state::Streams& streams,
                                          const core::AgentSpec& agent);

// Who comes after: agents `after` it, and the agents of streams that depend on its stream.
std::vector<core::AgentId> followers(const core::Policy& policy, const core::AgentId& agent);

}  // namespace gs::conflicts
