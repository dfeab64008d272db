// git stream agent-hook: what agents' programs ask before they write, and which agent a session is.

#include "plugins/git-stream/commands/agent_hook.h"

#include "lib/agents/run.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/session/identity.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;

struct AgentHookOptions {
  std::string dialect, event, bind, session;
};

// The session of this worktree's stream works as one of its agents, or as the whole stream.
ExitCode bind(const AgentHookOptions& options, Context& context) {
  session::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  const std::string name =
      options.session.empty() ? session::session_in_environment() : options.session;
  if (name.empty())
    throw Error(ExitCode::usage, "which session? the environment names none", "--session NAME");
  if (!session.pinned() || !session::belongs_to_stream(session.repository()))
    throw Error(ExitCode::usage, "only in a stream's worktree that no agent has to itself",
                "git stream install --stream STREAM");
  const core::StreamId stream = *session.identity().stream;
  std::optional<core::AgentId> agent;
  if (options.bind != stream.str()) {
    agent = session::known_agent(session.policy(), options.bind);
    if (session.policy().stream_of(*agent)->id != stream)
      throw Error(ExitCode::usage, agent->full() + " does not belong to stream " + stream.str());
  }
  session::bind_session(layout.git_dir, {name, agent, session.now()});
  const core::Identity who{stream, agent, core::Identity::Source::worktree};
  context.done("session " + core::printable(name) + " works as " + session::describe(who));
  return ExitCode::clean;
}

}  // namespace

Action declare_agent_hook(CommandLine& app) {
  auto options = std::make_shared<AgentHookOptions>();
  app.option("--dialect", options->dialect, "whose call is on stdin")
      .called("claude|codex|gemini|cursor|copilot");
  app.option("--event", options->event, "what the settings say it is called for").called("EVENT");
  app.option("--bind", options->bind,
             "instead: this session works as that agent, or as the whole stream")
      .called("NAME");
  app.option("--session", options->session, "which session; else the environment's").called("ID");
  return [options](Context& context) {
    if (!options->bind.empty()) return bind(*options, context);
    if (options->dialect.empty()) throw Error(ExitCode::usage, "--dialect is required");
    return static_cast<ExitCode>(agents::run_agent_hook(options->dialect, options->event));
  };
}

}  // namespace gs::command
