#pragma once
// Runs an agent's command in its stream's worktree, with its identity, output to its log.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/process/child.h"

namespace gs::streams {

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
Spawned spawn(app::Session& session, const SpawnOptions& options);

}  // namespace gs::streams
