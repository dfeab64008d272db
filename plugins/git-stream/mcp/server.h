#pragma once
// git stream mcp: the Model Context Protocol on stdin and stdout. Each call of a tool is the
// command itself in a process of its own (tool_run.h), up to four side by side, so that a slow one
// holds nobody up, none can end the server, and each sees the state as it is.

#include "lib/core/error.h"

namespace gs::command {

// Until stdin ends and all that was asked is answered. SIGTERM, SIGINT and SIGHUP end what runs,
// and then this process. Throws core::Error (broken) when an answer cannot be written.
core::ExitCode serve_mcp();

}  // namespace gs::command
