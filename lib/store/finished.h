#pragma once
// Whose work is complete, as orchestrator_state.json and handoffs.json tell.

#include <string>
#include <vector>

#include "lib/store/state_dir.h"

namespace gs::store {

struct Finished {
  std::vector<std::string> streams;  // completed or merged: "E"
  std::vector<std::string> agents;   // marked complete, or that have handed on: "agent-E1"
};

// Missing files say nothing. Throws core::Error (broken) for damaged ones.
Finished read_finished(const StateDir& state);

}  // namespace gs::store
