#pragma once
// Starting streams: dependencies, branch, worktree, enrolment, `.aiignore`, state and log.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/policy.h"
#include "lib/session/session.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

struct StartRequest {
  std::vector<core::StreamId> streams;
  bool ready = false;      // all that can start, and whose start was interrupted before its end
  bool again = false;      // completed and merged ones too: another round
  bool per_agent = false;  // a branch and a worktree for each agent
};

// A stream that cannot start.
struct StartRefusal {
  core::StreamId stream;
  std::vector<core::StreamId> missing;  // dependencies that are not complete
  std::string why, next;                // "A (Foundation) is not complete", "git stream start A"
};

struct Started {
  enum class Outcome { started, repaired, unchanged };  // unchanged: nothing was to be done
  core::StreamId stream;
  std::optional<core::AgentId> agent;  // whose worktree it is; none: the stream's
  Outcome outcome = Outcome::unchanged;
  core::StreamStatus status = core::StreamStatus::in_progress;
  std::filesystem::path worktree;  // absolute
  core::BranchName branch;
  core::Identity identity;               // of whoever commits in the worktree
  std::vector<core::StreamId> unmerged;  // dependencies whose work is not in the base yet
  std::vector<std::string> notes;        // what was put right, or is worth knowing
};

struct StartReport {
  std::vector<StartRefusal> refused;  // when there is any, nothing was started
  std::vector<Started> started;
};

// Each stream gets one branch and worktree, or, with per_agent, where the policy says so, or where
// it was started so before, one for each of its agents. All streams are looked at before the first
// is started; one start, completion or merge at a time in a repository. `each` is told of every
// stream as it stands. Throws core::Error: usage for what the repository lacks (a commit, a policy,
// the stream), broken when git fails.
StartReport start_streams(session::Session& session, const StartRequest& request,
                          const std::function<void(const Started&)>& each = {},
                          const StepWatch& watch = {});

}  // namespace gs::streams
