#pragma once
// The task matrix: the policy's tasks as they stand now, and those added since.

#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/core/policy.h"

namespace gs::streams {

struct Task {
  std::size_t number = 0;  // counted from 1, the policy's first: how commands name it
  core::TaskSpec task;     // status: "todo" where nobody has said one
  bool added = false;      // not the policy's
};
std::vector<Task> task_list(app::Session& session);

// Marks the agent's open tasks (any status but "done" and "dropped") as done; returns their titles.
std::vector<std::string> finish_tasks(app::Session& session, const core::AgentId& agent);

}  // namespace gs::streams
