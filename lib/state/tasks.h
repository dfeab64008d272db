#pragma once
// tasks.json: what has become of the policy's tasks, and tasks added since. The policy itself, with
// its comments and its place on the integration branch, is left alone.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/state/state_dir.h"

namespace gs::state {

// A task of the policy that was changed (found by stream and title), or one that was added.
struct TaskNote {
  core::TaskSpec task;
  bool added = false;

  bool operator==(const TaskNote&) const = default;
};

// In the file's order; a missing file has none. Throws core::Error (broken) for a damaged one.
std::vector<TaskNote> read_task_notes(const StateDir& state);

// Under the exclusive lock, as change_streams().
std::vector<TaskNote> change_task_notes(const StateDir& state,
                                        const std::function<void(std::vector<TaskNote>&)>& change);

}  // namespace gs::state
