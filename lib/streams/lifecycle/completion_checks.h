#pragma once
// What keeps a stream, or one agent of it, from being complete; found without changing anything.

#include <string>
#include <vector>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/policy.h"
#include "lib/session/session.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/complete.h"

namespace gs::streams {

// A branch that is to be completed, with its work that the integration branch has not.
struct CompletedWork {
  conflicts::StreamBranch branch;
  conflicts::StreamWork work;
};

// What is to be completed, as it is when that begins.
struct CompletionTask {
  session::Session& session;
  const CompletionRequest& request;
  const core::StreamSpec& stream;
  const state::StreamRecord record;        // as recorded; made up where it was not started
  const std::vector<CompletedWork> works;  // in the order in which they are to be merged
  const std::vector<conflicts::OutsideBranch> outside;  // that may hold work of it

  // "agent-F1", "stream F"
  std::string title() const {
    return request.agent ? request.agent->full() : "stream " + stream.id.str();
  }
  std::string name() const { return request.agent ? request.agent->short_name() : stream.id.str(); }
};

// Throws core::Error (findings) with the first thing that stands in the way, and the next command.
void check_completion(const CompletionTask& task);

}  // namespace gs::streams
