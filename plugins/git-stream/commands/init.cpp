// git stream init: state files, a starter policy where there is none, hooks.

#include <cstdio>
#include <set>

#include "lib/core/text.h"
#include "lib/gates/idle_policy.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/install/git_config.h"
#include "lib/install/installation.h"
#include "lib/policy/policy_file.h"
#include "lib/state/files.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

struct InitOptions {
  bool detect = false;
  bool repair = false;
};

// The top-level folders that hold Python files, as git knows them (tracked, or new and not
// ignored).
std::vector<std::string> python_folders(const git::Layout& layout) {
  const std::string listing = install::git_output(
      layout,
      {"ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py", "*.pyi"});
  std::set<std::string> folders;
  std::string_view rest = listing;
  while (!rest.empty()) {
    const std::string_view path = core::take_part(rest, '\0');
    const std::size_t slash = path.find('/');
    if (slash != path.npos && path.front() != '.') folders.emplace(path.substr(0, slash));
  }
  return {folders.begin(), folders.end()};
}

core::BranchName default_integration_branch(const git::Repository& repository) {
  for (const char* name : {"develop", "main", "master"}) {
    if (repository.resolve(std::string("refs/heads/") + name)) return core::BranchName(name);
  }
  return repository.current_branch().value_or(core::BranchName("develop"));
}

std::string starter(const git::Repository& repository) {
  return policy::starter_policy(python_folders(repository.layout()),
                                default_integration_branch(repository));
}

void write_starter(Context& context) {
  session::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  const std::string text = starter(session.repository());
  state::AtomicFile file(*layout.worktree / core::kPolicyFile);
  file.write(text);
  file.commit();
  const auto policy = policy::parse_policy(text, core::kPolicyFile);
  context.done("wrote " + std::string(core::kPolicyFile) + ": " +
               core::counted(policy.streams.size(), "stream") +
               " from the folders found; edit it, then commit it on " +
               policy.integration_branch.str());
}

void repair(Context& context) {
  session::Session& session = context.session();
  const state::StateDir state(session::state_place(session.repository().layout()));
  const auto damage = state.check();
  for (const auto& [file, why] : damage) context.done("damaged: " + file.string() + ": " + why);
  for (const auto& kept : state.repair()) context.done("kept the damaged file as " + kept.string());
  if (damage.empty()) context.done("no state file is damaged");
}

void print_starter(const std::string& policy, bool as_json) {
  if (!as_json) {
    std::fputs(policy.c_str(), stdout);
    return;
  }
  core::JsonWriter json = Context::begin_json();
  json.member("policy", policy);
  Context::print_json(json);
}

// What the policy says of nothing that is here; a few, and where the rest is said.
void say_idle(Context& context) {
  constexpr std::size_t kSaid = 5;
  const std::vector<core::Finding> idle = gates::idle_policy(context.session());
  for (std::size_t i = 0; i < idle.size() && i < kSaid; ++i) {
    context.done("warning: " + idle[i].message + (idle[i].hint.empty() ? "" : "; " + idle[i].hint));
  }
  if (idle.size() > kSaid)
    context.done("warning: " + std::to_string(idle.size() - kSaid) +
                 " more such entries: git stream doctor");
}

core::ExitCode init(const InitOptions& options, Context& context) {
  session::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  if (options.detect) {
    print_starter(starter(session.repository()), context.json);
    return core::ExitCode::clean;
  }
  if (options.repair) repair(context);
  if (!session.pinned() && layout.worktree) {
    write_starter(context);
    session.forget();
  }
  const std::vector<std::string> hooks =
      install::set_up_repository(session, install::Occasion::init);
  gates::record_branches_once(session);
  context.done("state files in " + session.state().root().string());
  for (const std::string& line : hooks) context.done(line);
  say_idle(context);
  return core::ExitCode::clean;
}

}  // namespace

Action declare_init(CommandLine& app) {
  auto options = std::make_shared<InitOptions>();
  app.flag("--detect", options->detect,
           "print the starter policy for this repository, and change nothing");
  app.flag("--repair", options->repair,
           "put fresh files in the place of damaged ones, which are kept beside them");
  return [options](Context& context) { return init(*options, context); };
}

}  // namespace gs::command
