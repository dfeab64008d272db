#pragma once
// What an agent is told to do: its tasks, its scope, and what others hand over to it.

#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/store/handoffs.h"
#include "lib/store/streams.h"

namespace gs::streams {

// What it works on now: its first open task that is in progress, else its first open one.
std::string current_task(const std::vector<core::TaskSpec>& tasks);

// The handoffs addressed to the agent, or to its whole stream.
std::vector<store::Handoff> handed_to(const std::vector<store::Handoff>& handoffs,
                                      const core::StreamId& stream, const core::AgentId& agent);

// All of it as Markdown. The agent is one of the stream's.
std::string agent_brief(const core::Policy& policy, const store::StreamRecord& record,
                        const core::AgentSpec& agent, const std::vector<core::TaskSpec>& tasks,
                        const std::vector<store::Handoff>& handoffs);

}  // namespace gs::streams
