#pragma once
// Runs an agent's command in its stream's worktree, with its identity, output to its log, and
// records the run: one at a time, from before its start to after its end.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/process/child.h"
#include "lib/session/session.h"
#include "lib/state/streams.h"

namespace gs::streams {

// Whether a recorded run goes on, as far as anybody can tell.
bool is_alive(const state::AgentRun& run);

// Throws core::Error (findings), saying what to do next: the stream was not started or is done
// already; agents that it comes `after` are not; it runs; another agent of its stream does, and the
// policy lets them run one at a time. `anyway` passes over the last three.
void check_may_run(const core::Policy& policy, const state::Streams& streams,
                   const core::AgentSpec& agent, bool anyway);

class RunRecord {
 public:
  // Checks, and records this process as the agent's in the same step: of two at once, one is
  // refused.
  // `sharing`: agents whose worktree is this one's; unless `anyway`, none of them may run.
  RunRecord(const state::StateDir& state, const core::Policy& policy, const core::AgentSpec& agent,
            bool anyway, const std::vector<core::AgentId>& sharing = {});

  const state::StreamRecord& stream() const { return stream_; }
  void started(pid_t pid);
  void ended(const process::Ending& ending);
  void withdraw();  // unless it was started: what was there before is there again

 private:
  void change(const std::function<void(state::AgentRun&)>& how);

  state::StateDir state_;
  core::AgentId agent_;
  state::StreamRecord stream_;
  std::optional<state::AgentRun> before_;
  platform::ProcessId process_;  // as it stands in the record
  bool ran_ = false;
};

// What stands in a command for what is known only when it runs.
struct Placeholders {
  std::string task_file, agent, stream, worktree, log_file;  // agent: "agent-F1"
};
// {task_file}, {agent}, {stream}, {worktree} and {log_file}, wherever they stand in a word; nothing
// else is read in it, nor in what is put in.
std::string filled_in(std::string_view word, const Placeholders& values);

struct SpawnOptions {
  std::string agent;                               // "F1" or "agent-F1"
  std::vector<std::string> argv;                   // empty: the policy's agent_command
  std::optional<std::filesystem::path> task_file;  // absolute; none: made where it is asked for
  bool anyway = false;                             // see check_may_run()
  bool detach = false;                             // do not wait for its end
  bool show = false;                               // also on our stdout
};

struct Spawned {
  core::AgentId agent;
  core::StreamId stream;
  pid_t pid = -1;
  std::filesystem::path log;
  std::optional<process::Ending> ending;  // none: it runs
};

// Throws core::Error: findings where check_may_run() refuses or the worktree is gone; usage for an
// unknown agent, no command, a task file that cannot be read, and a program that is not there.
Spawned spawn(session::Session& session, const SpawnOptions& options);

}  // namespace gs::streams
