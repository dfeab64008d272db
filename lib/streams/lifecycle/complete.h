#pragma once
// Marking a stream, or one agent of it, complete: what others have been waiting for.

#include <optional>
#include <string>
#include <vector>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/ids.h"
#include "lib/core/lock.h"
#include "lib/session/session.h"
#include "lib/state/handoffs.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

struct CompletionRequest {
  core::StreamId stream;
  std::optional<core::AgentId> agent;  // none: the whole stream
  std::string tests;                   // "3548 passing"; empty: not known
  bool anyway = false;                 // though agents are still running
  bool empty = false;                  // though there are no commits
};

struct Completion {
  core::StreamId stream;
  std::optional<core::AgentId> agent;
  core::StreamStatus status = core::StreamStatus::completed;  // the stream's
  core::ObjectId tip;                                         // what the (last) branch holds
  std::vector<conflicts::StreamBranch> branches;              // all that it has, or is the agent's
  bool fresh = true;                     // false: it was complete already, or even merged
  std::vector<state::Handoff> handoffs;  // written by this call, as the two below
  std::vector<std::string> tasks;        // done with it
  std::vector<core::Lock> released;

  struct Waiting {
    core::StreamId stream;
    std::vector<core::StreamId> missing;
  };
  std::vector<core::StreamId> can_start;  // those that depend on the stream, and
  std::vector<Waiting> waiting;           // what others of them still wait for
  std::vector<core::AgentId> can_go_on;   // those that come after the agent
};

// Of a stream all branches are looked at, of an agent its own. Throws core::Error (findings) saying
// why not, and the next command: not started, no commits, work on a branch that is none of the
// stream's, uncommitted work or an operation half done in a worktree, agents still running,
// findings of the gates, agents before it that are not done. Nothing is changed then. Doing it
// again after an interruption gets to the same end.
Completion complete(session::Session& session, const CompletionRequest& request,
                    const StepWatch& watch = {});

}  // namespace gs::streams
