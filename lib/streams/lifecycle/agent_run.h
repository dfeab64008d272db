#pragma once
// The record of an agent's run: one at a time, from before its start to after its end.

#include <functional>
#include <optional>
#include <string>

#include "lib/core/policy.h"
#include "lib/process/child.h"
#include "lib/store/streams.h"

namespace gs::streams {

// Whether a recorded run goes on, as far as anybody can tell.
bool is_alive(const store::AgentRun& run);

// Throws core::Error (findings), saying what to do next: the stream was not started or is done
// already; agents that it comes `after` are not; it runs; another agent of its stream does, and the
// policy lets them run one at a time. `anyway` passes over the last three.
void check_may_run(const core::Policy& policy, const store::Streams& streams,
                   const core::AgentSpec& agent, bool anyway);

class RunRecord {
 public:
  // Checks, and records this process as the agent's in the same step: of two at once, one is
  // refused.
  RunRecord(const store::StateDir& state, const core::Policy& policy, const core::AgentSpec& agent,
            bool anyway);

  const store::StreamRecord& stream() const { return stream_; }
  void started(pid_t pid);
  void ended(const process::Ending& ending);
  void withdraw();  // unless it was started: what was there before is there again

 private:
  void change(const std::function<void(store::AgentRun&)>& how);

  store::StateDir state_;
  core::AgentId agent_;
  store::StreamRecord stream_;
  std::optional<store::AgentRun> before_;
  platform::ProcessMark process_;  // as it stands in the record
  bool ran_ = false;
};

}  // namespace gs::streams
