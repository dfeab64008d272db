// git stream install, uninstall: this worktree's enrolment, and the hooks.

#include "lib/agents/settings/agent_settings.h"
#include "lib/agents/settings/instructions.h"
#include "lib/agents/settings/server_settings.h"
#include "lib/core/text.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/gates/leases/lease_sync.h"
#include "lib/gates/leases/shared_locks.h"
#include "lib/gates/reporting.h"
#include "lib/install/enrolment.h"
#include "lib/install/installation.h"
#include "lib/install/state_place.h"
#include "lib/install/timers.h"
#include "lib/session/owner.h"
#include "lib/streams/leftovers.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;

struct InstallOptions {
  std::string agent, stream, agents, worktree;
  bool server = false, owner = false, config = false, prune = false;
  std::string timer;
  bool mcp = false, skill = false, agents_md = false;
};

// The worktree that is meant: the named one of this repository, or the one that we are in.
git::Layout place_of(const std::string& name, const git::Repository& repository) {
  git::Layout place = repository.layout();
  if (name.empty()) return place;
  std::error_code ignored;
  for (const git::Worktree& worktree : repository.worktrees()) {
    if (worktree.prunable || !std::filesystem::equivalent(worktree.path, name, ignored)) continue;
    place.git_dir = worktree.git_dir;
    place.worktree = worktree.path;
    return place;
  }
  throw Error(ExitCode::usage, "'" + core::printable(name) + "' is no worktree of this repository",
              "git worktree list");
}

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

// The options of one call, checked against who calls.
struct Enrolling {
  std::optional<session::Enrolment> as;
  git::Layout place;
};

Enrolling enrolling(const InstallOptions& options, session::Session& session) {
  Enrolling request{{}, place_of(options.worktree, session.repository())};
  if (options.owner) install::require_may_record_owner(session);
  if (options.agent.empty() && options.stream.empty()) return request;
  if (!request.place.worktree)
    throw Error(ExitCode::usage, "a bare repository has no worktree to enrol");
  request.as = enrolment_for(options, session);
  install::require_may_enrol(session,
                             {request.place.git_dir, *request.place.worktree, *request.as});
  return request;
}

std::string enrol(const Enrolling& request, session::Session& session) {
  const core::Identity who{request.as->stream, request.as->agent, core::Identity::Source::worktree};
  install::log_enrolment(session, "enrolled", *request.place.worktree, session::describe(who));
  session::write_enrolment(request.place.git_dir, *request.as);
  session.forget();
  if (request.place.git_dir == session.repository().layout().git_dir)
    gates::adopt_named(session, who);
  return "enrolled " + request.place.worktree->string() + " as " + session::describe(who);
}

std::string make_owners(const Enrolling& request, session::Session& session) {
  if (!request.place.worktree)
    throw Error(ExitCode::usage, "a bare repository has no worktree to be an owner's");
  install::log_enrolment(session, "enrolled", *request.place.worktree, "the owner's");
  session::remove_enrolment(request.place.git_dir);
  session::record_owners(request.place.git_dir);
  return "recorded " + request.place.worktree->string() + " as the owner's";
}

// What agents' programs are given: the hooks' settings, and what else was asked for.
void tell_agents(const InstallOptions& options, const git::Layout& place,
                 const std::vector<const agents::SettingsForm*>& forms,
                 std::vector<std::string>& done) {
  const auto add = [&](const std::vector<std::string>& lines) {
    done.insert(done.end(), lines.begin(), lines.end());
  };
  add(agents::install_settings(place, forms));
  if (options.mcp) add(agents::register_servers(place, forms));
  if (options.skill) add(agents::write_skills(place, forms));
  if (options.agents_md) add(agents::write_agents_md(place));
}

std::vector<std::filesystem::path> all_tops(const git::Repository& repository) {
  std::vector<std::filesystem::path> tops;
  for (const git::Worktree& worktree : repository.worktrees()) tops.push_back(worktree.path);
  return tops;
}

std::vector<std::string> prune(const git::Repository& repository) {
  return install::prune_programs(repository, agents::texts_with_ours(all_tops(repository)));
}

// Four times in the life of a lease.
void print_timer(const std::string& kind, session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  const install::TimedSync sync{
      install::own_program(),
      layout.main_worktree.value_or(layout.worktree.value_or(layout.common_dir)),
      session.policy().lock_ttl / 4};
  const std::string text =
      kind == "cron" ? install::crontab_line(sync) : install::systemd_units(sync);
  std::fputs(text.c_str(), stdout);
}

ExitCode install(const InstallOptions& options, Context& context) {
  session::Session& session = context.session();
  if (!options.timer.empty()) {
    print_timer(options.timer, session);
    return ExitCode::clean;
  }
  const Enrolling request = enrolling(options, session);
  const auto forms = agents::forms_named(options.agents);
  std::vector<std::string> done =
      options.server ? install::set_up_server(session)
                     : install::set_up_repository(session, install::Occasion::install,
                                                  options.config ? install::HooksIn::configuration
                                                                 : install::HooksIn::as_they_stand);
  if (!options.server) gates::record_branches_once(session);
  const bool elsewhere = request.place.git_dir != session.repository().layout().git_dir;
  if (elsewhere) install::install_hooks(request.place);
  if (request.as) done.push_back(enrol(request, session));
  if (options.owner) done.push_back(make_owners(request, session));
  const auto add = [&](const std::vector<std::string>& lines) {
    done.insert(done.end(), lines.begin(), lines.end());
  };
  add(agents::renew_settings(request.place));
  add(agents::renew_servers(request.place));
  if (!forms.empty()) tell_agents(options, request.place, forms, done);
  if (options.prune) add(prune(session.repository()));
  if (!options.server) {
    if (const auto synced = gates::first_sync(session)) done.push_back(*synced);
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

struct UninstallOptions {
  bool all = false, purge = false;
  std::string worktree;
};

void remove_from_agents(const git::Layout& place, Context& context,
                        const std::vector<std::filesystem::path>& others) {
  for (const auto& lines :
       {agents::unregister_servers(place, others), agents::uninstall_settings(place, others),
        agents::remove_instructions(place)}) {
    for (const std::string& line : lines) context.done(line);
  }
}

// Ends one worktree's enrolment; whether there was one.
bool end_enrolment(const git::Layout& place, session::Session& session) {
  if (!std::filesystem::exists(place.git_dir / "stream" / "identity")) return false;
  install::log_enrolment(session, "unenrolled", place.worktree.value_or(place.git_dir));
  session::remove_enrolment(place.git_dir);
  return true;
}

constexpr std::size_t kNamed = 20;  // of many

// "left: 3 branches of streams: a, b and 1 more"
template <class Items, class Name>
void tell_left(Context& context, const Items& items, const char* what, const Name& name) {
  if (items.empty()) return;
  context.done(std::string("left: ") + what + ": " + core::listed(items, name, kNamed));
}

// Without its state nobody could give back what this clone has in the store.
void look_after_leases(bool purge, Context& context) {
  std::string paths;
  try {
    const auto leases = gates::own_leases(context.session());
    if (leases.empty()) return;
    paths = core::listed(
        leases, [](const auto& lease) { return core::quote_path(lease.path); }, kNamed);
    if (!purge) {
      context.done(
          "left: locks that other clones respect until their time is over (git stream "
          "unlock): " +
          paths);
      return;
    }
    gates::release_own_leases(context.session());
    context.done("unlocked for other clones: " + paths);
  } catch (const Error& error) {
    context.done("warning: other clones respect the locks of this one until their time is over" +
                 (paths.empty() ? "" : " (" + paths + ")") + ": " + core::printable(error.what()));
  }
}

// Says what is there still, or takes what is ours of it.
void look_after_leftovers(const UninstallOptions& options, Context& context,
                          const std::vector<std::filesystem::path>& enrolled) {
  look_after_leases(options.purge, context);
  session::Session& session = context.session();
  const streams::Leftovers left = streams::find_leftovers(session, enrolled);
  const auto path = [](const std::filesystem::path& one) { return core::quote_path(one.string()); };
  if (!options.purge) {
    tell_left(context, left.own, "the state, its logs and reports, caches and notes", path);
  } else {
    for (const std::filesystem::path& one : streams::purge(session, left))
      context.done("removed " + path(one));
  }
  tell_left(context, left.worktrees, "worktrees of streams (git worktree remove)", path);
  tell_left(context, left.branches, "branches of streams (git branch -d)",
            [](const core::BranchName& branch) { return core::printable(branch.str()); });
  if (left.policy) context.done("left: the policy: " + std::string(core::kPolicyFile));
  if (!options.purge && !left.own.empty())
    context.done("git stream uninstall --all --purge removes the first of these");
}

ExitCode uninstall(const UninstallOptions& options, Context& context) {
  session::Session& session = context.session();
  install::require_may_uninstall(session);
  if (options.purge && !options.all)
    throw Error(ExitCode::usage, "--purge is for the whole repository",
                "git stream uninstall --all --purge");
  const git::Layout place = place_of(options.worktree, session.repository());
  const bool here = options.worktree.empty();
  if (here) remove_from_agents(place, context, other_tops(session));
  if (end_enrolment(place, session))
    context.done((here ? "this worktree" : place.worktree->string()) +
                 " belongs to no stream any more");
  session.forget();
  const auto others = others_enrolled(session.repository());
  if (!here && !options.all) return ExitCode::clean;
  if (!others.empty() && !options.all) {
    context.done("the hooks stay: " + core::counted(others.size(), "other worktree") +
                 " enrolled (--all takes them out too)");
    for (const git::Worktree& worktree : others) context.done("  " + worktree.path.string());
    return ExitCode::clean;
  }
  std::vector<std::filesystem::path> enrolled;
  for (const git::Worktree& worktree : others) {
    enrolled.push_back(worktree.path);
    git::Layout there = place;
    there.git_dir = worktree.git_dir;
    there.worktree = worktree.path;
    end_enrolment(there, session);
    remove_from_agents(there, context, {});
  }
  install::log_enrolment(session, "uninstalled", place.worktree.value_or(place.git_dir));
  install::remove_links(session, session.policy().state_dir);
  const auto done = install::uninstall_hooks(session.repository());
  for (const std::string& line : done) context.done(line);
  if (done.empty()) context.done("no hooks of git-stream are installed");
  prune(session.repository());
  if (options.all) look_after_leftovers(options, context, enrolled);
  return ExitCode::clean;
}

}  // namespace

Action declare_install(CommandLine& app) {
  auto options = std::make_shared<InstallOptions>();
  Option agent =
      app.option("--agent", options->agent, "the agent that works in this worktree (F1, agent-F1)")
          .called("AGENT");
  Option stream = app.option("--stream", options->stream,
                             "the stream that works here; its scope is that of all its agents")
                      .called("STREAM");
  Option agents =
      app.option("--agents", options->agents, "agents' programs that shall ask before they write")
          .called("claude,codex,gemini,cursor,copilot");
  Option owner =
      app.flag("--owner", options->owner,
               "this worktree (or WORKTREE) is an owner's: from there the policy may change")
          .excludes({agent, stream});
  Option config = app.flag("--config", options->config,
                           "the hooks in git's configuration instead of its hooks folder, where no "
                           "other hook manager takes their place (git 2.54 and later)");
  app.flag("--server", options->server,
           "the gate of a bare repository that others push to, and nothing else")
      .excludes({agent, stream, agents, owner, config});
  app.flag("--mcp", options->mcp, "with --agents: they may start git stream mcp").needs(agents);
  app.flag("--skill", options->skill, "with --agents: a skill (SKILL.md) in the worktree")
      .needs(agents);
  app.flag("--agents-md", options->agents_md,
           "with --agents: some lines on git stream in the worktree's AGENTS.md")
      .needs(agents);
  app.flag("--prune", options->prune,
           "remove copies of the program in the repository that nothing names any more");
  app.option(
         "--print-timer", options->timer,
         "print what makes this machine run git stream sync from time to time; installs nothing")
      .one_of({"cron", "systemd"})
      .excludes({agent, stream, agents, owner, config});
  app.option("WORKTREE", options->worktree, "another worktree of this repository, from an owner's");
  return [options](Context& context) { return install(*options, context); };
}

Action declare_uninstall(CommandLine& app) {
  auto options = std::make_shared<UninstallOptions>();
  app.flag("--all", options->all, "every worktree's enrolment, and the hooks");
  app.flag("--purge", options->purge,
           "with --all: the state with its logs and reports, too; never worktrees and branches");
  app.option("WORKTREE", options->worktree, "another worktree's enrolment, and nothing else");
  return [options](Context& context) { return uninstall(*options, context); };
}

}  // namespace gs::command
