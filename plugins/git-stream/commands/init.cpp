// git stream init: state files, a policy where there is none, hooks.

#include "lib/core/text.h"
#include "lib/gates/idle_policy.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/gates/leases/lease_sync.h"
#include "lib/install/installation.h"
#include "lib/policy/policy_file.h"
#include "lib/state/files.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/policy.h"

namespace gs::command {

namespace {

struct InitOptions {
  bool detect = false;
  bool repair = false;
};

void write_policy(Context& context) {
  session::Session& session = context.session();
  const git::Layout& layout = session.repository().layout();
  const std::string text = detected_policy(session, 0);
  state::AtomicFile file(*layout.worktree / core::kPolicyFile);
  file.write(text);
  file.commit();
  const auto policy = policy::parse_policy(text, core::kPolicyFile);
  context.done("wrote " + std::string(core::kPolicyFile) + ": " +
               core::counted(policy.streams.size(), "stream") + ", " +
               core::counted(policy.layers.size(), "layer") + ", " +
               core::counted(policy.validate.size(), "check") +
               " from what is here; edit it, then commit it on " + policy.integration_branch.str());
}

void repair(Context& context) {
  session::Session& session = context.session();
  const state::StateDir state(session::state_place(session.repository().layout()));
  const auto damage = state.check();
  for (const auto& [file, why] : damage) context.done("damaged: " + file.string() + ": " + why);
  for (const auto& kept : state.repair()) context.done("kept the damaged file as " + kept.string());
  if (damage.empty()) context.done("no state file is damaged");
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
    print_policy(detected_policy(session, 0), context.json);
    return core::ExitCode::clean;
  }
  if (options.repair) repair(context);
  if (!session.pinned() && layout.worktree) {
    write_policy(context);
    session.forget();
  }
  const std::vector<std::string> hooks =
      install::set_up_repository(session, install::Occasion::init);
  gates::record_branches_once(session);
  context.done("state files in " + session.state().root().string());
  for (const std::string& line : hooks) context.done(line);
  say_idle(context);
  if (const auto synced = gates::first_sync(session)) context.done(*synced);
  return core::ExitCode::clean;
}

}  // namespace

Action declare_init(CommandLine& app) {
  auto options = std::make_shared<InitOptions>();
  app.flag("--detect", options->detect, "the same as `git stream policy --detect`");
  app.flag("--repair", options->repair,
           "put fresh files in the place of damaged ones, which are kept beside them");
  return [options](Context& context) { return init(*options, context); };
}

}  // namespace gs::command
