// git stream install, uninstall: this worktree's enrolment, and the hooks.

#include "lib/agents/settings/agent_settings.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/install/installation.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;

struct InstallOptions {
  std::string agent, stream, agents;
  bool server = false;
};

session::Enrolment enrolment_for(const InstallOptions& options, session::Session& session) {
  if (!session.pinned()) throw Error(ExitCode::usage, "there is no policy yet", "git stream init");
  const core::Policy& policy = session.policy();
  session::Enrolment enrolment;
  if (!options.stream.empty()) enrolment.stream = session::known_stream(policy, options.stream);
  if (options.agent.empty()) return enrolment;
  enrolment.agent = session::known_agent(policy, options.agent);
  const core::StreamId own = policy.stream_of(*enrolment.agent)->id;
  if (enrolment.stream && *enrolment.stream != own) {
    throw Error(ExitCode::usage, enrolment.agent->full() + " belongs to stream " + own.str() +
                                     ", not to " + enrolment.stream->str());
  }
  enrolment.stream = own;
  return enrolment;
}

ExitCode install(const InstallOptions& options, Context& context) {
  session::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  std::optional<session::Enrolment> enrolment;
  if (!options.agent.empty() || !options.stream.empty()) {
    if (!layout.worktree)
      throw Error(ExitCode::usage, "a bare repository has no worktree to enrol");
    enrolment = enrolment_for(options, session);
  }
  const auto forms = agents::forms_named(options.agents);
  std::vector<std::string> done =
      options.server ? install::set_up_server(session) : install::set_up_repository(session);
  if (enrolment) {
    session::write_enrolment(layout.git_dir, *enrolment);
    const core::Identity who{enrolment->stream, enrolment->agent, core::Identity::Source::worktree};
    done.push_back("enrolled " + layout.worktree->string() + " as " + session::describe(who));
  }
  if (!forms.empty()) {
    const auto settings = agents::install_settings(layout, forms);
    done.insert(done.end(), settings.begin(), settings.end());
  }
  if (done.empty()) done.emplace_back("everything is in place");
  for (const std::string& line : done) context.done(line);
  return ExitCode::clean;
}

// Other worktrees that are enrolled, and need the hooks.
std::vector<git::Worktree> others_enrolled(const git::Repository& repository) {
  std::vector<git::Worktree> others;
  for (const git::Worktree& worktree : repository.worktrees()) {
    if (worktree.git_dir == repository.layout().git_dir || worktree.prunable) continue;
    if (session::read_enrolment(worktree.git_dir)) others.push_back(worktree);
  }
  return others;
}

std::vector<std::filesystem::path> other_tops(session::Session& session) {
  std::vector<std::filesystem::path> tops;
  for (const git::Worktree& worktree : session.repository().worktrees()) {
    if (worktree.git_dir != session.repository().layout().git_dir && !worktree.prunable)
      tops.push_back(worktree.path);
  }
  return tops;
}

ExitCode uninstall(bool all, Context& context) {
  session::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  const auto others = others_enrolled(session.repository());
  for (const std::string& line : agents::uninstall_settings(layout, other_tops(session)))
    context.done(line);
  if (std::filesystem::exists(layout.git_dir / "stream" / "identity")) {
    session::remove_enrolment(layout.git_dir);
    context.done("this worktree belongs to no stream any more");
  }
  if (!others.empty() && !all) {
    context.done("the hooks stay: " + core::counted(others.size(), "other worktree") +
                 " enrolled (--all takes them out too)");
    for (const git::Worktree& worktree : others) context.done("  " + worktree.path.string());
    return ExitCode::clean;
  }
  for (const git::Worktree& worktree : others) {
    session::remove_enrolment(worktree.git_dir);
    git::Layout there = layout;
    there.git_dir = worktree.git_dir;
    there.worktree = worktree.path;
    for (const std::string& line : agents::uninstall_settings(there, {})) context.done(line);
  }
  const auto done = install::uninstall_hooks(session.repository());
  for (const std::string& line : done) context.done(line);
  if (done.empty()) context.done("no hooks of git-stream are installed");
  return ExitCode::clean;
}

}  // namespace

Action declare_install(CommandLine& app) {
  auto options = std::make_shared<InstallOptions>();
  Option agent =
      app.option("--agent", options->agent, "the agent that works in this worktree (F1, agent-F1)");
  Option stream = app.option("--stream", options->stream,
                             "the stream that works here; its scope is that of all its agents");
  Option agents = app.option("--agents", options->agents,
                             "agents' programs that shall ask before they write: claude,codex,"
                             "gemini,cursor,copilot");
  app.flag("--server", options->server,
           "the gate of a bare repository that others push to, and nothing else")
      .excludes({agent, stream, agents});
  return [options](Context& context) { return install(*options, context); };
}

Action declare_uninstall(CommandLine& app) {
  auto all = std::make_shared<bool>(false);
  app.flag("--all", *all, "every worktree's enrolment, and the hooks");
  return [all](Context& context) { return uninstall(*all, context); };
}

}  // namespace gs::command
