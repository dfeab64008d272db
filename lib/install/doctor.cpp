#include "lib/install/doctor.h"

#include <algorithm>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/install/git_config.h"
#include "lib/install/installation.h"
#include "lib/install/program_copy.h"
#include "lib/install/state_place.h"
#include "lib/process/process.h"
#include "lib/session/session.h"
#include "lib/session/unseen_move.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;
using core::Error;
using Level = Diagnosis::Level;

constexpr char kInstall[] = "git stream install";

// Where git looks for the program of `git stream`: in its own folder, then on PATH.
std::vector<fs::path> command_folders(const git::Layout& layout) {
  std::string of_git = run_git(layout, {"--exec-path"}).output;
  if (!of_git.empty() && of_git.back() == '\n') of_git.pop_back();
  std::vector<fs::path> folders{of_git};
  for (fs::path& folder : process::path_folders()) folders.push_back(std::move(folder));
  return folders;
}

bool is_program(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0;
}

// The same file, or one that starts it: npm's command is a script.
bool same_program(const fs::path& one, const fs::path& other) {
  std::error_code ignored;
  return fs::equivalent(one, other, ignored) || version_of(one) == version_of(other);
}

void examine_command(const git::Layout& layout, std::vector<Diagnosis>& found) {
  const fs::path own = own_program();
  const std::vector<fs::path> folders = command_folders(layout);
  const auto folder = std::find_if(folders.begin(), folders.end(), [](const fs::path& each) {
    return is_program(each / "git-stream");
  });
  if (folder == folders.end() || same_program(*folder / "git-stream", own)) return;
  const std::string first = (*folder / "git-stream").string();
  std::string next = "remove " + core::quote_shell(first);
  if (folder != folders.begin())
    next += ", or put " + core::quote_shell(own.parent_path().string()) + " first on PATH";
  found.push_back({Level::warning, "command",
                   "`git stream` starts " + first + ", not " + own.string() + ", which says this",
                   next});
}

Diagnosis hook_diagnosis(const HookReport& hook) {
  const std::string name = hook.name + ": ";
  const std::string file = hook.file.string();
  const auto failure = [&](const std::string& what, const std::string& next = kInstall) {
    return Diagnosis{Level::failure, "hooks", name + what, next};
  };
  switch (hook.state) {
    case HookState::ours:
      if (!hook.setting.empty())
        return {Level::ok, "hooks", name + hook.setting + " in " + file, ""};
      return {Level::ok, "hooks",
              name + file + (hook.chained ? ", then " + hook.chained->string() : ""), ""};
    case HookState::legacy:
      return {Level::ok, "hooks", name + file + ", run by another hook manager", ""};
    case HookState::missing:
      return failure("is not installed: nothing is judged there");
    case HookState::foreign:
      return failure(file + " is not ours (another tool replaced it): nothing is judged there");
    case HookState::not_executable:
      return failure(file + " is not executable: git passes over it");
    case HookState::program_missing:
      return failure("the program that " + file + " names is missing: git refuses to commit");
    case HookState::program_not_executable:
      return failure("the program that " + file +
                     " names cannot be executed: git refuses to commit");
    case HookState::program_damaged:
      return failure("the program that " + file + " names is damaged: its bytes are not those of " +
                     hook.program.parent_path().filename().string());
    case HookState::program_foreign:
      return failure("the program that " + file + " names is not git-stream's");
    case HookState::other_version:
      return {Level::warning, "hooks", name + file + " is of another version", kInstall};
    case HookState::other_program:
      return {Level::warning, "hooks",
              name + file + " starts another build than this command: " + hook.program.string(),
              kInstall};
    case HookState::switched_off:
      return failure("is switched off by " + hook.setting + ": nothing is judged there");
    case HookState::not_in_this_git:
      return failure("stands in git's configuration, and this git runs no hooks from there");
  }
  return failure("unknown state");
}

// Hooks of the user that git no longer reaches, or that came after a redirection was set up.
void examine_hooks(const git::Repository& repository, std::vector<Diagnosis>& found) {
  const HookPlace place = find_hooks(repository.layout());
  for (const HookReport& hook : inspect_hooks(repository.layout()))
    found.push_back(hook_diagnosis(hook));
  if (waits_briefly_for_refs(repository.layout())) {
    found.push_back({Level::warning, "hooks",
                     "reftable.lockTimeout is not set: git gives up after 0.1 s when others are "
                     "moving refs",
                     kInstall});
  }
  for (const std::string& hook : hooks_not_forwarded(repository, place)) {
    found.push_back(
        {Level::failure, "hooks", hook + ": your own hook is new and does not run yet", kInstall});
  }
}

// Whether what follows from the policy can be looked at.
bool examine_policy(session::Session& session, std::vector<Diagnosis>& found) {
  try {
    const auto& pinned = session.pinned();
    if (!pinned) {
      found.push_back(
          {Level::warning, "policy", "there is none: only locks are judged", "git stream init"});
    } else if (pinned->origin == policy::PinnedPolicy::Origin::worktree) {
      found.push_back({Level::warning, "policy",
                       "this worktree's own copy judges: " +
                           pinned->policy.integration_branch.str() + " has none yet",
                       "commit " + std::string(core::kPolicyFile) + " on " +
                           pinned->policy.integration_branch.str()});
    } else {
      found.push_back(
          {Level::ok, "policy",
           pinned->source + ", " + core::counted(pinned->policy.streams.size(), "stream"), ""});
    }
    if (const auto move = session::unseen_move(session))
      found.push_back({Level::failure, "policy", move->what, move->repair});
    if (!policy::cache_is_true(session.repository())) {
      found.push_back({Level::failure, "policy",
                       "the parsed policy that is kept is not what " + pinned->source + " says",
                       "rm " + core::quote_shell((session.repository().layout().common_dir /
                                                  "stream" / "policy.cache")
                                                     .string())});
    }
    return true;
  } catch (const Error& error) {
    found.push_back({Level::failure, "policy", error.what(), error.hint()});
    return false;
  }
}

void examine_identity(session::Session& session, std::vector<Diagnosis>& found) {
  try {
    const core::Identity& who = session.identity();
    if (who.outsider()) {
      found.push_back({Level::ok, "identity", "this worktree belongs to no stream", ""});
      return;
    }
    found.push_back({Level::ok, "identity", session::describe(who), ""});
    const auto branch = session.repository().current_branch();
    const auto branch_stream =
        branch ? core::stream_of_branch(session.policy(), *branch) : std::nullopt;
    if (branch_stream && who.stream && *branch_stream != *who.stream) {
      found.push_back({Level::warning, "identity",
                       "the branch " + branch->str() + " is stream " + branch_stream->str() + "'s",
                       ""});
    }
  } catch (const Error& error) {
    found.push_back({Level::failure, "identity", error.what(), error.hint()});
  }
}

void examine_state(session::Session& session, std::vector<Diagnosis>& found) {
  try {
    const state::StateDir& state = session.state();
    const fs::path& root = state.root();
    const auto damage = state.check();
    if (damage.empty() && !fs::is_directory(root)) {
      found.push_back(
          {Level::warning, "state", root.string() + " does not exist yet", "git stream init"});
      return;
    }
    if (root != session::state_place(session.repository().layout()))
      found.push_back({Level::warning, "state",
                       root.string() + " is where a former version had the state", kInstall});
    if (damage.empty()) {
      if (const auto old = commits_of_another_hash(state::read_streams(state),
                                                   session.repository().object_format()))
        found.push_back({Level::warning, "state", old->what, old->next});
    }
    for (const auto& [file, why] : damage) {
      found.push_back(
          {Level::failure, "state", file.string() + ": " + why, "git stream init --repair", true});
    }
    if (fs::is_directory(root) && access(root.c_str(), W_OK) != 0) {
      found.push_back({Level::failure, "state", root.string() + " cannot be written",
                       "give yourself the permission"});
    } else if (damage.empty()) {
      found.push_back({Level::ok, "state", root.string(), ""});
    }
  } catch (const std::exception& error) {
    found.push_back({Level::failure, "state", error.what(), "git stream init --repair", true});
  }
}

void examine_link(session::Session& session, const git::Worktree& worktree,
                  std::vector<Diagnosis>& found) {
  const StateLink link =
      look_at_link(session.repository().layout(), worktree.path, session.policy().state_dir);
  if (link.kind == StateLink::Kind::right) return;
  const std::string what = core::quote_path(link.link.native()) + " " + link.why;
  if (link.mendable()) {
    found.push_back({Level::warning, "state", what, kInstall});
  } else {
    found.push_back({Level::failure, "state", what,
                     "move away what stands there, then " + std::string(kInstall)});
  }
}

void examine_worktrees(session::Session& session, bool links, std::vector<Diagnosis>& found) {
  for (const git::Worktree& worktree : session.repository().worktrees()) {
    if (worktree.prunable) {
      found.push_back(
          {Level::warning, "worktrees", worktree.path.string() + " is gone", "git worktree prune"});
      continue;
    }
    try {
      session::read_enrolment(worktree.git_dir);
      if (links) examine_link(session, worktree, found);
    } catch (const Error& error) {
      found.push_back({Level::failure, "worktrees", error.what(), error.hint()});
    }
  }
}

}  // namespace

std::vector<Diagnosis> examine(git::Repository repository) {
  std::vector<Diagnosis> found;
  const git::Layout layout = repository.layout();
  std::string version = run_git(layout, {"--version"}).output;
  while (!version.empty() && version.back() == '\n') version.pop_back();
  found.push_back({Level::ok, "git", version, ""});
  if (const auto& unknown = repository.unknown_format()) {
    found.push_back({Level::warning, "repository",
                     "nothing is judged here: it has " + *unknown +
                         ", which this version of git-stream does not know",
                     "install a newer one"});
    return found;
  }
  examine_command(layout, found);
  try {
    examine_hooks(repository, found);
  } catch (const std::exception& error) {
    found.push_back({Level::failure, "hooks", error.what(), kInstall});
  }
  session::Session session(std::move(repository));
  const bool has_policy = examine_policy(session, found);
  if (has_policy) {
    examine_identity(session, found);
    examine_state(session, found);
  }
  const bool links = has_policy && fs::is_directory(session::state_place(layout));
  examine_worktrees(session, links, found);
  return found;
}

}  // namespace gs::install
