#pragma once
// What a git command is about to do to others: to their worktrees and branches, to the settings
// that the gates need, and to files. A row of a table for each of git's commands.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/shell/programs.h"

namespace gs::agents {

enum class Effect {
  writes,            // a file
  removes,           // a file
  fills,             // a folder, with what cannot be told
  changes_worktree,  // files, index or branch of the worktree at `folder`
  discards,          // the same, and what is not committed there is lost
  skips_hooks,       // --no-verify
  replaces_hooks,    // core.hooksPath, or settings that may hold it
  moves_branch,      // makes, moves, renames or deletes the branch `name`
  moves_all_branches,
  moves_remote_ref,  // `name`, below refs/remotes
  pushes,            // to the branch `name`
  pushes_all,
  sets_upstream,  // of the branch `name`
  sets_remote,    // where a remote is
  uses_stash,
  cleans_ignored,    // `details`: its words; `excluded`, `paths`
  removes_worktree,  // `name` is its path
  uninstalls,        // git stream uninstall
  changes_identity,  // git stream install --agent
  takes_locks,       // git stream unlock --force
  sets_variable      // `name`; its value is the first of `details`, if it is known
};
std::string_view effect_name(Effect effect);

struct Act {
  Effect effect = Effect::writes;
  std::string what;  // the command, for people
  std::string name;  // a path (absolute), a branch, a ref, a variable
  std::optional<std::filesystem::path> folder = {};  // where git works; none: unknown
  std::vector<std::string> details = {}, excluded = {}, paths = {};
  bool recursive = false;  // a folder is meant with all that is in it
};

// What cannot be told from a command alone.
struct GitContext {
  std::optional<std::filesystem::path> folder;
  std::optional<Word> git_dir, worktree;  // GIT_DIR, GIT_WORK_TREE
  std::function<bool(const std::string&)> is_revision;
  std::function<std::optional<std::string>(const std::string&)> alias;  // as configured
};

struct GitReading {
  std::optional<std::filesystem::path> folder;  // what its files are relative to
  std::vector<Act> acts;
  FileUses files;
  std::vector<std::string> lines;  // of the shell, which git runs in `folder`
  // Patches that are applied; `patch_input`: the standard input is one.
  std::vector<Word> patches;
  bool patch_input = false;
  int patch_strip = 1;
  bool changes = false;  // it is none of those that only look
};

// `words` starts with "git".
GitReading read_git(std::span<const Word> words, const GitContext& context);

// "NAME=value" before a command, or exported.
std::optional<Act> read_assignment(const std::string& name, const Word& value);

}  // namespace gs::agents
