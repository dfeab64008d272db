#pragma once
// One call of a tool, in a process of its own.

#include "lib/mcp/connection.h"

namespace gs::command {

// Carries it out in the worktree and for the agent that it names, or where the server was started;
// prints what the command prints, and writes a tool's --json answer to `answer`. Changes this
// process's working directory and environment. Returns the exit code.
int run_call(const mcp::Call& call, int answer);

}  // namespace gs::command
