// git stream init: state files, a starter policy where there is none, hooks.

#include <cstdio>
#include <set>

#include "lib/app/git_command.h"
#include "lib/app/installation.h"
#include "lib/core/text.h"
#include "lib/policy/policy_file.h"
#include "lib/store/atomic_file.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

struct Options {
  bool detect = false;
  bool repair = false;
};

// The top-level folders that hold Python files, as git knows them (tracked, or new and not
// ignored).
std::vector<std::string> python_folders(const git::Layout& layout) {
  const std::string listing = app::git_output(
      layout,
      {"ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py", "*.pyi"});
  std::set<std::string> folders;
  std::string_view rest = listing;
  while (!rest.empty()) {
    const std::string_view path = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(path.size() + 1, rest.size()));
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

void write_starter(app::Session& session) {
  const git::Layout& layout = session.repository().layout();
  const std::string text = starter(session.repository());
  store::AtomicFile file(*layout.worktree / core::kPolicyFile);
  file.write(text);
  file.commit();
  const auto policy = policy::parse_policy(text, core::kPolicyFile);
  std::printf("wrote %s: %s from the folders found; edit it, then commit it on %s\n",
              std::string(core::kPolicyFile).c_str(),
              core::counted(policy.streams.size(), "stream").c_str(),
              policy.integration_branch.str().c_str());
}

// A damaged policy is no reason not to repair the state: its default place is used then.
store::StateDir repairable_state(app::Session& session) {
  try {
    return session.state();
  } catch (const core::Error&) {
    return store::StateDir(app::state_folder(session.repository().layout(), core::Policy{}));
  }
}

void repair(app::Session& session) {
  const store::StateDir state = repairable_state(session);
  const auto damage = state.check();
  for (const auto& [file, why] : damage)
    std::printf("damaged: %s: %s\n", file.c_str(), why.c_str());
  for (const auto& kept : state.repair())
    std::printf("kept the damaged file as %s\n", kept.c_str());
  if (damage.empty()) std::printf("no state file is damaged\n");
}

core::ExitCode init(const Options& options, Context& context) {
  app::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  if (options.detect) {
    std::fputs(starter(session.repository()).c_str(), stdout);
    return core::ExitCode::clean;
  }
  if (options.repair) repair(session);
  if (!session.pinned() && layout.worktree) {
    write_starter(session);
    session.forget();
  }
  session.state().create();
  if (layout.main_worktree) app::add_exclude(layout, session.policy().state_dir);
  app::note_integration_branch(layout, session.policy().integration_branch);
  std::printf("state files in %s\n", session.state().root().c_str());
  for (const std::string& line : app::install_hooks(session.repository()))
    std::printf("%s\n", line.c_str());
  return core::ExitCode::clean;
}

}  // namespace

Action declare_init(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_flag("--detect", options->detect,
               "print the starter policy for this repository, and change nothing");
  app.add_flag("--repair", options->repair,
               "put fresh files in the place of damaged ones, which are kept beside them");
  return [options](Context& context) { return init(*options, context); };
}

}  // namespace gs::command
