#pragma once
// orchestrator_state.json: which streams were started, where they work, and how far they are
// (contract, section 5).

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/ids.h"
#include "lib/core/time.h"
#include "lib/platform/process_id.h"
#include "lib/state/state_dir.h"

namespace gs::state {

// The last run of an agent's command.
struct AgentRun {
  core::AgentId agent;
  platform::ProcessId process;
  core::Instant started_at{};
  std::optional<core::Instant> ended_at;  // none: it runs, or nobody saw its end
  std::optional<int> exit_code, signal;

  bool operator==(const AgentRun&) const = default;
};

// A branch of a stream that has several: one that was started for an agent, or was completed.
struct BranchRecord {
  core::BranchName branch;
  std::string worktree;                              // as the stream's; empty: it was made by hand
  std::optional<core::AgentId> agent;                // for whom it was started
  std::optional<core::ObjectId> completed_tip = {};  // "commit": what it held then

  bool operator==(const BranchRecord&) const = default;
};

struct StreamRecord {
  core::StreamId id;
  core::StreamStatus status = core::StreamStatus::in_progress;
  std::optional<core::Instant> started_at, completed_at, merged_at;
  std::string worktree;  // absolute, or relative to the main worktree (a bare repository: to it)
  core::BranchName branch;
  std::vector<core::AgentId> agents;
  std::optional<core::ObjectId> completed_tip;  // "commit": what the branch held then
  std::optional<core::ObjectId> merge;          // "merge_commit"
  std::vector<std::pair<core::AgentId, core::Instant>> completed_agents;
  std::vector<AgentRun> runs;               // one an agent
  std::vector<BranchRecord> branches = {};  // all, where there are several; else none

  bool operator==(const StreamRecord&) const = default;
  bool completed(const core::AgentId& agent) const;
  // Whether this was a branch's tip when the stream was completed, whatever the branch is called.
  bool completed(const core::ObjectId& tip) const;
  const BranchRecord* find(const core::BranchName& name) const;
};

struct Streams {
  std::optional<core::Instant> started_at;  // of the first stream
  std::vector<StreamRecord> records;        // in the file's order

  bool operator==(const Streams&) const = default;
  const StreamRecord* find(const core::StreamId& id) const;
  StreamRecord* find(const core::StreamId& id);
  core::StreamStatus status(const core::StreamId& id) const;  // waiting: no record
};

// A missing file holds none. What is not of the right type, or unknown, is passed over. Throws
// core::Error (broken) naming the file and the repair when it is damaged.
Streams read_streams(const StateDir& state);

// Under the exclusive lock: reads, lets `change` alter, and replaces the file if anything differs.
// Members that we do not know stay. Returns what is in the file then.
Streams change_streams(const StateDir& state, const std::function<void(Streams&)>& change);

}  // namespace gs::state
