// git stream mcp: the same commands for agents, over the Model Context Protocol.

#include <cstdio>
#include <unistd.h>

#include "lib/mcp/connection.h"
#include "lib/mcp/resources.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/mcp/server.h"

namespace gs::command {

namespace {

// For people who want to know what a model is told.
core::ExitCode show_offer() {
  core::JsonWriter json = Context::begin_json();
  json.key("revisions").raw(core::compact_json(mcp::revisions()));
  mcp::write_tools(json);
  mcp::write_resources(json);
  mcp::write_templates(json);
  Context::print_json(json);
  return core::ExitCode::clean;
}

}  // namespace

Action declare_mcp(CommandLine& app) {
  app.footer("Agents' programs start it: git stream install --agents claude --mcp tells them.");
  return [](Context& context) {
    if (context.json) return show_offer();
    if (isatty(STDIN_FILENO) != 0)
      std::fputs("git-stream: an agent's program talks to this on stdin; Ctrl-D ends it\n", stderr);
    return serve_mcp();
  };
}

}  // namespace gs::command
