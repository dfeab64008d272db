#pragma once
// handoffs.json: what those who come after should know (contract, section 5).

#include <string>
#include <utility>
#include <vector>

#include "lib/core/time.h"
#include "lib/state/journal.h"
#include "lib/state/state_dir.h"

namespace gs::state {

struct Handoff {
  std::string from_agent;  // "agent-E1", or "stream-E" for what belongs to none of its agents
  std::vector<std::string> to_agents;
  core::Instant timestamp{};
  std::vector<std::string> completed_tasks;
  std::vector<std::string> new_interfaces, breaking_changes;
  std::string test_status;  // as it was given; empty: not known
  std::string commit;       // 40 hex digits: the work as it was handed on; may be empty
  std::string host = {};    // the other host on which that was; never in the file

  bool operator==(const Handoff&) const = default;
};

// In the file's order; a missing file has none. What is not of the right type is passed over.
// Throws core::Error (broken) naming the file and the repair when it is damaged.
std::vector<Handoff> read_handoffs(const StateDir& state);

// Under the exclusive lock: appends those that do not stand there already. The same sender, commit,
// receivers and tasks are the same handoff (without a commit the same context, too): doing it again
// after an interruption adds nothing.
// Returns those added.
std::vector<Handoff> add_handoffs(const StateDir& state, const std::vector<Handoff>& handoffs);

// What a log line `handoff` has of one, all but its sender and time: so it travels to other hosts.
std::vector<std::pair<std::string, std::string>> log_fields_of(const Handoff& handoff);
// The handoff of such a line. What it does not have is empty.
Handoff handoff_in(const Activity& line);

// Whose work is complete, as orchestrator_state.json and handoffs.json tell.
struct Finished {
  std::vector<std::string> streams;  // completed or merged: "E"
  std::vector<std::string> agents;   // marked complete, or that have handed on: "agent-E1"
};

// Missing files say nothing. Throws core::Error (broken) for damaged ones.
Finished read_finished(const StateDir& state);

}  // namespace gs::state
