#include "lib/install/hooks_path.h"

#include <algorithm>
#include <array>

#include "lib/install/chained_hook.h"
#include "lib/install/git_config.h"
#include "lib/install/hook_files.h"
#include "lib/state/files.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;

constexpr char kHooksPath[] = "core.hooksPath";
constexpr char kRestoreFile[] =
    ".restore";  // the setting's value in its own scope; absent: unset it

struct GitHook {
  std::string_view name;
  // Stood in for whether or not theirs is there: a tracked hooks folder changes with every branch.
  // The others change what git does, or cost a process each time, by being there.
  bool always = false;
};

// githooks(5), git 2.39 to 2.51.
constexpr std::array<GitHook, 28> kGitHooks{{{"applypatch-msg", true},
                                             {"pre-applypatch", true},
                                             {"post-applypatch", true},
                                             {"pre-commit"},
                                             {"pre-merge-commit", true},
                                             {"prepare-commit-msg", true},
                                             {"commit-msg", true},
                                             {"post-commit"},
                                             {"pre-rebase", true},
                                             {"post-checkout", true},
                                             {"post-merge", true},
                                             {"pre-push", true},
                                             {"pre-receive"},
                                             {"update"},
                                             {"proc-receive"},
                                             {"post-receive"},
                                             {"post-update"},
                                             {"push-to-checkout"},
                                             {"pre-auto-gc", true},
                                             {"post-rewrite", true},
                                             {"sendemail-validate"},
                                             {"fsmonitor-watchman"},
                                             {"p4-changelist"},
                                             {"p4-prepare-changelist"},
                                             {"p4-post-changelist"},
                                             {"p4-pre-submit"},
                                             {"post-index-change"},
                                             {"reference-transaction"}}};

bool per_worktree(const git::Layout& layout) {
  return git_output(layout, {"config", "--type=bool", "--default=false", "--get",
                             "extensions.worktreeConfig"}) == "true\n";
}

std::string scope_of(const git::Layout& layout) {
  return per_worktree(layout) ? "--worktree" : "--local";
}

fs::path folder_in(const fs::path& git_dir) {
  return git_dir / "stream" / "hooks";
}

// An absolute setting of ours from before the repository was moved: git finds no hooks at all then.
bool names_moved_folder(const fs::path& setting, const fs::path& folder) {
  return !fs::exists(setting) && setting.filename() == "hooks" &&
         setting.parent_path().filename() == "stream" && fs::exists(folder / kPreviousFile);
}

// Whether ours judges there, one of these or an earlier installation's, and does not only stand in.
bool is_judged(const fs::path& folder, std::string_view hook,
               const std::vector<std::string_view>& hooks) {
  if (std::find(hooks.begin(), hooks.end(), hook) != hooks.end()) return true;
  const fs::path file = folder / hook;
  for (const char* suffix : {"", ".legacy"}) {  // where other managers keep ours
    const auto own = read_own_script(file.string() + suffix);
    if (own && own->judges(hook)) return true;
  }
  return false;
}

void write_text(const fs::path& file, const std::string& text) {
  state::AtomicFile out(file);
  out.write(text);
  out.commit();
}

// What core.hooksPath was: for the chain as git resolves it, for the uninstallation as it stands.
void note_previous(const git::Layout& layout, const HookPlace& place, const fs::path& folder) {
  const auto own = git_setting(layout, kHooksPath, false, scope_of(layout));
  if (own) {
    write_text(folder / kRestoreFile, *own + "\n");
  } else {
    fs::remove(folder / kRestoreFile);
  }
  write_text(folder / kPreviousFile, place.setting.value_or(place.folder.string()) + "\n");
}

std::string first_line(const fs::path& file) {
  constexpr std::size_t kLongest = 8192;
  const std::string text = state::read_file(file, kLongest).value_or("");
  return text.substr(0, text.find('\n'));
}

// core.hooksPath may be relative: then it is so to the top of each worktree.
fs::path previous_folder(const git::Layout& layout, const fs::path& folder) {
  const fs::path top = layout.worktree ? *layout.worktree : layout.git_dir;
  return top / first_line(folder / kPreviousFile);
}

}  // namespace

bool is_redirect_folder(const git::Layout& layout, const fs::path& folder) {
  return folder == folder_in(layout.common_dir) || folder == folder_in(layout.git_dir);
}

std::vector<std::string> hooks_not_forwarded(const git::Repository& repository,
                                             const HookPlace& place) {
  std::vector<std::string> missing;
  if (!place.redirected) return missing;
  const fs::path previous = previous_folder(repository.layout(), place.folder);
  for (const auto& [hook, always] : kGitHooks) {
    if (fs::exists(previous / hook) && !fs::exists(place.folder / hook)) missing.emplace_back(hook);
  }
  return missing;
}

namespace {

// Ours in the folder, and those that stand in for theirs; whether anything changed.
bool fill_folder(const fs::path& folder, const fs::path& previous, const fs::path& program,
                 const std::vector<std::string_view>& hooks) {
  std::vector<std::string> done;
  for (const std::string_view hook : hooks)
    place_hook(folder, hook, {program, hook_argument(hook)}, done);
  for (const auto& [hook, always] : kGitHooks) {
    if (is_judged(folder, hook, hooks)) continue;
    if (always || fs::exists(previous / hook)) {
      place_hook(folder, hook, {program, forward_argument(hook)}, done);
    } else if (read_own_script(folder / hook)) {
      fs::remove(folder / hook);
    }
  }
  return !done.empty();
}

// One worktree's setting, in one scope.
void restore_setting(const git::Layout& layout, const std::string& scope,
                     std::vector<std::string>& done) {
  const auto setting = git_setting(layout, kHooksPath, true, scope);
  if (!setting) return;
  for (const fs::path& folder : {folder_in(layout.git_dir), folder_in(layout.common_dir)}) {
    if (*setting != folder.string() && !names_moved_folder(*setting, folder)) continue;
    const std::string previous = first_line(folder / kRestoreFile);
    if (previous.empty()) {
      git_output(layout, {"config", scope, "--unset-all", kHooksPath});
    } else {
      git_output(layout, {"config", scope, kHooksPath, previous});
    }
    done.push_back("put core.hooksPath back as it was");
    return;
  }
}

// A tool that looks where core.hooksPath points may have put hooks of its own into our folder.
void remove_folder(const fs::path& folder, std::vector<std::string>& done) {
  if (!fs::exists(folder)) return;
  std::vector<std::string> ignored;
  for (const auto& [hook, always] : kGitHooks) take_out_hook(folder, hook, ignored);
  fs::remove(folder / kPreviousFile);
  fs::remove(folder / kRestoreFile);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(".tmp.")) fs::remove(entry.path());
  }
  if (fs::is_empty(folder)) {
    fs::remove(folder);
    done.push_back("removed " + folder.string());
  } else {
    done.push_back("left " + folder.string() + ": another tool has put hooks there");
  }
}

}  // namespace

std::vector<std::string> redirect_hooks(const git::Layout& layout, const HookPlace& place,
                                        const fs::path& program,
                                        const std::vector<std::string_view>& hooks) {
  const fs::path folder =
      place.redirected ? place.folder
                       : folder_in(per_worktree(layout) ? layout.git_dir : layout.common_dir);
  std::vector<std::string> done;
  fs::create_directories(folder);
  if (!place.redirected && !names_moved_folder(place.folder, folder))
    note_previous(layout, place, folder);
  const fs::path previous = previous_folder(layout, folder);
  if (fill_folder(folder, previous, program, hooks))
    done.push_back("installed hooks in " + folder.string());
  if (!place.redirected) {
    git_output(layout, {"config", scope_of(layout), kHooksPath, folder.string()});
    done.push_back("pointed core.hooksPath there; the hooks in " + previous.string() +
                   " go on running");
  }
  return done;
}

void remove_redirects(const git::Repository& repository, std::vector<std::string>& done) {
  std::vector<git::Layout> layouts{repository.layout()};
  for (const git::Worktree& worktree : repository.worktrees()) {
    if (worktree.prunable || worktree.git_dir == layouts[0].git_dir) continue;
    layouts.push_back({worktree.git_dir, layouts[0].common_dir, worktree.path,
                       layouts[0].main_worktree, layouts[0].ref_storage});
  }
  for (const git::Layout& layout : layouts) {
    if (per_worktree(layout)) restore_setting(layout, "--worktree", done);
    restore_setting(layout, "--local", done);
  }
  for (const git::Layout& layout : layouts) remove_folder(folder_in(layout.git_dir), done);
  remove_folder(folder_in(layouts[0].common_dir), done);
}

}  // namespace gs::install
