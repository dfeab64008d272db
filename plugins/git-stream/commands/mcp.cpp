// git stream mcp: the same commands for agents, over the Model Context Protocol.

#include <cstdio>
#include <unistd.h>

#include "plugins/git-stream/command.h"
#include "plugins/git-stream/mcp/server.h"

namespace gs::command {

Action declare_mcp(CommandLine& app) {
  app.footer("Agents' programs start it: git stream install --agents claude --mcp tells them.");
  return [](Context&) {
    if (isatty(STDIN_FILENO) != 0)
      std::fputs("git-stream: an agent's program talks to this on stdin; Ctrl-D ends it\n", stderr);
    return serve_mcp();
  };
}

}  // namespace gs::command
