#include "lib/agents/shell/command_check.h"

#include <algorithm>
#include <cstdlib>
#include <fnmatch.h>

#include "lib/agents/settings/agent_settings.h"
#include "lib/agents/shell/command_reader.h"
#include "lib/agents/shell/words.h"
#include "lib/core/path_form.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/git/files.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using core::Rule;
using Where = PathLocation::Where;

constexpr std::size_t kMostFiles = 10'000;  // of one folder; so many say enough
constexpr char kPushOwn[] = "git push origin HEAD";

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// A name that git looks up as a revision before it looks for a file.
bool is_revision(const git::Repository& repository, const std::string& name) {
  if (name.find_first_of("~^@:") != std::string::npos) return true;
  const bool hexadecimal =
      name.size() >= 7 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hexadecimal || name == "HEAD") return true;
  for (const char* folder : {"refs/heads/", "refs/tags/", "refs/remotes/", ""}) {
    if (*folder == '\0' && !name.starts_with("refs/")) continue;
    if (repository.resolve(folder + name)) return true;
  }
  return false;
}

class Check {
 public:
  explicit Check(session::Session& session)
      : session_(session),
        layout_(session.repository().layout()),
        outsider_(session.identity().outsider() || !session.pinned()) {}

  Intent run(const fs::path& folder, std::string_view line) {
    ShellContext context;
    if (git::is_folder(folder)) context.folder = git::real_path(folder);
    context.home = environment_variable("HOME").value_or("");
    context.variable = environment_variable;
    const git::Repository& repository = session_.repository();
    context.is_revision = [&](const std::string& name) { return is_revision(repository, name); };
    context.alias = [&](const std::string& name) { return repository.config("alias." + name); };
    ShellReading reading = read_command_line(line, context);
    for (const Act& act : reading.acts) take(act);
    if (!outsider_ && reading.risky) intent_.trouble = std::move(reading.trouble);
    return std::move(intent_);
  }

 private:
  void refuse(Rule rule, std::string what, std::string message, std::string hint) {
    if (outsider_) return;
    core::Finding finding{rule, core::Severity::block, std::move(what),
                          0,    std::move(message),    std::move(hint)};
    auto& all = intent_.findings;
    if (std::find(all.begin(), all.end(), finding) == all.end()) all.push_back(std::move(finding));
  }

  void take(const Act& act) {
    switch (act.effect) {
      case Effect::writes:
      case Effect::removes:
        return take_files(act);
      case Effect::fills:
        return fill(act.name);
      case Effect::changes_worktree:
      case Effect::discards:
        return work_elsewhere(act);
      case Effect::skips_hooks:
        return refuse(Rule::protected_path, act.what + " --no-verify", "would go round the gates",
                      act.what);
      case Effect::replaces_hooks:
        return refuse(Rule::protected_path, setting_of(act), "would leave out the hooks that judge",
                      kPerson);
      case Effect::moves_branch:
        return move_branch(act);
      case Effect::moves_all_branches:
        return refuse(Rule::scope, act.what, "rewrites the branches of others too", kPerson);
      case Effect::moves_remote_ref:
        return refuse(Rule::protected_path, act.name,
                      "is what a remote has: only a fetch from it moves it", "git fetch");
      case Effect::pushes:
        return push(act);
      case Effect::pushes_all:
        return refuse(Rule::scope, act.what, "pushes the branches of others too", kPushOwn);
      case Effect::sets_upstream:
        return set_upstream(act);
      case Effect::sets_remote:
        return refuse(Rule::protected_path, act.what, "would change what pushes and gates ask",
                      kPerson);
      case Effect::uses_stash:
        return use_stash();
      case Effect::cleans_ignored:
        return clean(act);
      case Effect::removes_worktree:
        return remove_worktree(act);
      case Effect::uninstalls:
        return refuse(Rule::protected_path, act.what, "would take the gates out", kPerson);
      case Effect::changes_identity:
        return refuse(Rule::protected_path, act.what, "would change who works here", kPerson);
      case Effect::takes_locks:
        return refuse(Rule::lock, act.what + " --force", "is for people",
                      "git stream lock --wait 30m PATH");
      case Effect::sets_variable:
        return set_variable(act);
    }
  }

  // The setting by which hooks are left out.
  static std::string setting_of(const Act& act) {
    const bool other = act.name.starts_with("include") || act.name.starts_with("hook.");
    return other ? act.name : "core.hooksPath";
  }

  // --- Files

  std::vector<PathLocation> locate(const std::string& path) {
    return locate_path(layout_, session_.state().root(), "/", path);
  }

  void add(const std::string& path, bool removed) {
    for (PathLocation& location : locate(path)) {
      if (location.where != Where::inside || location.path != ".")
        intent_.changes.push_back({std::move(location), removed});
    }
  }

  void take_files(const Act& act) {
    const bool removed = act.effect == Effect::removes;
    std::error_code ignored;
    const bool folder = fs::symlink_status(act.name, ignored).type() == fs::file_type::directory;
    if (!folder) return add(act.name, removed);
    if (!act.recursive) return fill(act.name);
    const auto files = files_below(act.name, kMostFiles);
    for (const std::string& file : files) add(act.name + "/" + file, removed);
    if (files.empty() || fs::exists(fs::path(act.name) / ".git", ignored)) fill(act.name);
  }

  // A folder that gets files which nobody knows: only where no file at all is to be changed.
  void fill(const std::string& folder) {
    std::vector<PathLocation> found = locate(folder);
    if (git::is_folder(folder)) found = locate(folder + "/\x01");  // any name in it
    for (PathLocation& location : found) {
      if (location.where != Where::inside) intent_.changes.push_back({std::move(location), false});
    }
  }

  // --- Worktrees

  // The top of the other worktree that git would work in, or its git folder.
  std::optional<std::string> elsewhere(const fs::path& folder) {
    const std::string real = git::real_path(folder).string();
    const auto is_in = [&](const fs::path& top) { return path_below(top, real).has_value(); };
    if (is_in(layout_.git_dir) && layout_.git_dir != layout_.common_dir) return std::nullopt;
    for (const PathLocation& location : locate((folder / "x").string())) {
      if (location.where == Where::worktree) return location.top.string();
      if (location.where != Where::git) continue;
      if (!location.top.empty()) return location.top.string();
      const bool own = layout_.git_dir == layout_.common_dir;
      if (is_in(layout_.common_dir) && !own) return real;
    }
    return std::nullopt;
  }

  void work_elsewhere(const Act& act) {
    if (outsider_ || !act.folder) return;
    const auto top = elsewhere(*act.folder);
    if (!top) return;
    const bool discards = act.effect == Effect::discards;
    refuse(Rule::scope, act.what,
           std::string(discards ? "discards or changes" : "works in") +
               " what is in another worktree: " + core::quote_path(*top),
           kPerson);
  }

  void remove_worktree(const Act& act) {
    if (outsider_) return;
    const std::string real = git::real_path(act.name).string();
    for (const git::Worktree& worktree : session_.repository().worktrees()) {
      const fs::path top = git::real_path(worktree.path);
      if (path_below(top, real) != "." || top == layout_.worktree) continue;
      const bool enrolled = session::read_enrolment(worktree.git_dir).has_value();
      if (enrolled || worktree.main || !act.details.empty())
        refuse(Rule::scope, act.what, "takes another worktree away: " + core::quote_path(real),
               kPerson);
    }
  }

  // --- Branches

  enum class Owner { own, other, integration };

  std::pair<Owner, std::string> owner_of(const std::string& branch) {
    const core::Policy& policy = session_.policy();
    if (core::same_path(branch, policy.integration_branch.str(), policy.branches_ignore_case))
      return {Owner::integration, ""};
    const auto stream = core::stream_of_branch(policy, core::BranchName(branch));
    const auto& own = session_.identity().stream;
    if (!stream || (own && *stream == *own)) return {Owner::own, ""};
    return {Owner::other, stream->str()};
  }

  void refuse_branch(const std::string& branch, const std::string& hint) {
    if (outsider_ || branch.empty()) return;
    const auto [owner, stream] = owner_of(branch);
    if (owner == Owner::integration) refuse(Rule::scope, branch, "is the integration branch", hint);
    if (owner == Owner::other)
      refuse(Rule::scope, branch, "is the branch of stream " + stream, hint);
  }

  void move_branch(const Act& act) { refuse_branch(act.name, kPerson); }

  void push(const Act& act) {
    std::string branch = act.name;
    if (branch == "HEAD" || branch == "@") {
      const auto own = session_.repository().current_branch();
      branch = own ? own->str() : "";
    }
    refuse_branch(branch, kPushOwn);
  }

  void set_upstream(const Act& act) {
    if (outsider_ || owner_of(act.name).first == Owner::own) return;
    refuse(Rule::protected_path, act.name,
           "is followed by the gates: what it follows is not for an agent to set", kPerson);
  }

  void use_stash() {
    if (outsider_ || session_.repository().worktrees().size() < 2) return;
    refuse(Rule::scope, "git stash",
           "is one stack for all worktrees: what is on it can be another agent's",
           "git commit -m 'Work in progress'");
  }

  // --- What the gates need

  // What is ignored and not to be lost: the settings that make the agent ask, and the state's link.
  std::vector<std::string> kept_files() const {
    std::vector<std::string> kept;
    std::error_code ignored;
    for (const SettingsForm& form : settings_forms()) {
      const std::string file(form.file);
      if (fs::exists(*layout_.worktree / file, ignored)) kept.push_back(file);
    }
    const std::string& state = session_.policy().state_dir;
    if (fs::is_symlink(fs::symlink_status(*layout_.worktree / state, ignored)))
      kept.push_back(state);
    return kept;
  }

  void clean(const Act& act) {
    if (outsider_ || !act.folder || elsewhere(*act.folder)) return;
    std::vector<std::string> missing;
    for (const std::string& file : kept_files()) {
      const std::string folder = file.substr(0, file.rfind('/'));
      const std::string top = file.substr(0, file.find('/'));
      const bool excluded =
          std::any_of(act.excluded.begin(), act.excluded.end(), [&](std::string pattern) {
            while (pattern.ends_with('/')) pattern.pop_back();
            if (pattern.starts_with('/')) pattern.erase(0, 1);
            return pattern == top || pattern == folder ||
                   fnmatch(pattern.c_str(), file.c_str(), 0) == 0 ||
                   fnmatch(pattern.c_str(), top.c_str(), 0) == 0;
          });
      const bool meant =
          act.paths.empty() ||
          std::any_of(act.paths.begin(), act.paths.end(), [&](const std::string& path) {
            const std::string whole = (*act.folder / path).lexically_normal().string();
            const std::string kept = (*layout_.worktree / file).string();
            const bool pattern =
                path.find_first_of("*?[") != std::string::npos || path.starts_with(':');
            return pattern || kept.starts_with(whole) ||
                   whole.starts_with((*layout_.worktree / top).string());
          });
      const bool inside =
          !act.paths.empty() || path_below(*layout_.worktree, git::real_path(*act.folder)) == ".";
      if (excluded || !meant || !inside) continue;
      if (std::find(missing.begin(), missing.end(), top) == missing.end()) missing.push_back(top);
    }
    if (missing.empty()) return;
    std::string hint = "git", options;
    for (const std::string& one : missing) options += " -e " + core::quote_shell(one);
    for (const std::string& word : act.details) {
      if (word == "--" || (word != "clean" && !word.starts_with('-')))
        hint += std::exchange(options, "");
      hint += " " + core::quote_shell(word);
    }
    refuse(Rule::protected_path, act.what,
           "would take away what makes agents ask before they write", hint + options);
  }

  void set_variable(const Act& act) {
    if (outsider_) return;
    if (act.name == session::kBypassVariable)
      return refuse(Rule::protected_path, act.name, "is for people", kPerson);
    if (act.name == session::kAgentVariable) {
      const auto agent = act.details.empty() ? std::nullopt : core::AgentId::parse(act.details[0]);
      if (agent && agent == session_.identity().agent) return;
    }
    refuse(Rule::protected_path, act.name, "is not for an agent to set", kPerson);
  }

  session::Session& session_;
  const git::Layout& layout_;
  bool outsider_;
  Intent intent_;
};

}  // namespace

Intent command_intent(session::Session& session, const fs::path& folder, std::string_view line) {
  return Check(session).run(folder, line);
}

}  // namespace gs::agents
