#pragma once
// Tasks: the policy's as they are now, those added since, and what an agent is told to do.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/policy.h"
#include "lib/session/session.h"
#include "lib/state/handoffs.h"
#include "lib/state/requests.h"
#include "lib/state/streams.h"

namespace gs::streams {

struct Task {
  std::size_t number = 0;  // counted from 1, the policy's first: how commands name it
  core::TaskSpec task;     // status: a word of kTaskStatuses, "todo" where nobody has said one
  bool added = false;      // not the policy's
};
std::vector<Task> task_list(session::Session& session);
// Those of one agent.
std::vector<core::TaskSpec> tasks_of(session::Session& session, const core::AgentId& agent);

// Under the state's lock: lets `change` alter agents and statuses, and append tasks that are
// `added`; what differs from the policy is kept in tasks.json. Returns the list as it is then.
std::vector<Task> change_tasks(session::Session& session,
                               const std::function<void(std::vector<Task>&)>& change);

// Marks the task that the agent works on now (current_task) as in progress.
void begin_task(session::Session& session, const core::AgentId& agent);
// Marks the agent's open tasks as done; returns their titles.
std::vector<std::string> finish_tasks(session::Session& session, const core::AgentId& agent);

inline constexpr std::string_view kTaskStatuses[] = {"todo", "in_progress", "done", "blocked",
                                                     "dropped"};
// The word for a status, also for what the policy calls "completed" and "cancelled" and for
// "doing"; nothing for another text.
std::optional<std::string_view> task_status(std::string_view text);
bool is_open(const core::TaskSpec& task);  // neither done nor dropped

// What it works on now: its first open task that is in progress, else its first open one.
std::string current_task(const std::vector<core::TaskSpec>& tasks);

// The handoffs addressed to the agent, or to its whole stream.
std::vector<state::Handoff> handed_to(const std::vector<state::Handoff>& handoffs,
                                      const core::StreamId& stream, const core::AgentId& agent);

// All of it as Markdown. The agent is one of the stream's.
std::string agent_brief(const core::Policy& policy, const state::StreamRecord& record,
                        const core::AgentSpec& agent, const std::vector<core::TaskSpec>& tasks,
                        const std::vector<state::Handoff>& handoffs,
                        const std::vector<state::Request>& requests);

}  // namespace gs::streams
