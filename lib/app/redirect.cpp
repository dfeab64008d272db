#include "lib/app/redirect.h"

#include <algorithm>
#include <array>

#include "lib/app/chained_hook.h"
#include "lib/app/git_command.h"
#include "lib/app/hook_script.h"
#include "lib/store/atomic_file.h"

namespace gs::app {

namespace {

namespace fs = std::filesystem;

constexpr char kHooksPath[] = "core.hooksPath";
constexpr char kRestoreFile[] =
    ".restore";  // the setting's value in its own scope; absent: unset it

// githooks(5), git 2.39 to 2.51.
constexpr std::array<std::string_view, 28> kGitHooks{
    "applypatch-msg",       "pre-applypatch",   "post-applypatch",
    "pre-commit",           "pre-merge-commit", "prepare-commit-msg",
    "commit-msg",           "post-commit",      "pre-rebase",
    "post-checkout",        "post-merge",       "pre-push",
    "pre-receive",          "update",           "proc-receive",
    "post-receive",         "post-update",      "push-to-checkout",
    "pre-auto-gc",          "post-rewrite",     "sendemail-validate",
    "fsmonitor-watchman",   "p4-changelist",    "p4-prepare-changelist",
    "p4-post-changelist",   "p4-pre-submit",    "post-index-change",
    "reference-transaction"};

bool per_worktree(const git::Repository& repository) {
  return git_setting(repository.layout(), "extensions.worktreeConfig") == "true";
}

std::string scope_of(const git::Repository& repository) {
  return per_worktree(repository) ? "--worktree" : "--local";
}

bool is_judged(std::string_view hook) {
  const auto& judged = judged_hooks();
  return std::find(judged.begin(), judged.end(), hook) != judged.end();
}

void write_text(const fs::path& file, const std::string& text) {
  store::AtomicFile out(file);
  out.write(text);
  out.commit();
}

// What core.hooksPath was: for the chain as git resolves it, for the uninstallation as it stands.
void note_previous(const git::Repository& repository, const HookPlace& place,
                   const fs::path& folder) {
  write_text(folder / kPreviousFile, place.setting.value_or(place.folder.string()) + "\n");
  const auto own = git_setting(repository.layout(), kHooksPath, false, scope_of(repository));
  if (own) {
    write_text(folder / kRestoreFile, *own + "\n");
  } else {
    fs::remove(folder / kRestoreFile);
  }
}

std::string first_line(const fs::path& file) {
  constexpr std::size_t kLongest = 8192;
  const std::string text = store::read_file(file, kLongest).value_or("");
  return text.substr(0, text.find('\n'));
}

// core.hooksPath may be relative: then it is so to the top of each worktree.
fs::path previous_folder(const git::Layout& layout, const fs::path& folder) {
  const fs::path top = layout.worktree ? *layout.worktree : layout.git_dir;
  return top / first_line(folder / kPreviousFile);
}

}  // namespace

bool write_script(const fs::path& file, const fs::path& program) {
  constexpr std::size_t kLargest = 64 << 10;
  constexpr fs::perms kExecutable = fs::perms::owner_all | fs::perms::group_read |
                                    fs::perms::group_exec | fs::perms::others_read |
                                    fs::perms::others_exec;
  const std::string text = hook_script(program);
  const bool stands = store::read_file(file, kLargest) == text;
  if (stands && (fs::status(file).permissions() & fs::perms::owner_exec) != fs::perms::none)
    return false;
  write_text(file, text);
  fs::permissions(file, kExecutable);
  return true;
}

fs::path redirect_folder(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  return (per_worktree(repository) ? layout.git_dir : layout.common_dir) / "stream" / "hooks";
}

std::vector<std::string> hooks_not_forwarded(const git::Repository& repository,
                                             const HookPlace& place) {
  std::vector<std::string> missing;
  if (!place.redirected) return missing;
  const fs::path previous = previous_folder(repository.layout(), place.folder);
  for (const std::string_view hook : kGitHooks) {
    if (fs::exists(previous / hook) && !fs::exists(place.folder / hook)) missing.emplace_back(hook);
  }
  return missing;
}

std::vector<std::string> redirect_hooks(const git::Repository& repository, const HookPlace& place,
                                        const fs::path& programs) {
  const git::Layout& layout = repository.layout();
  const fs::path folder = redirect_folder(repository);
  std::vector<std::string> done;
  fs::create_directories(folder);
  if (!place.redirected) note_previous(repository, place, folder);
  const fs::path previous = previous_folder(layout, folder);
  bool changed = false;
  for (const std::string_view hook : judged_hooks())
    changed |= write_script(folder / hook, programs / hook);
  for (const std::string_view hook : kGitHooks) {
    if (is_judged(hook)) continue;
    if (fs::exists(previous / hook)) {
      changed |= write_script(folder / hook, programs / "forward-hook");
    } else {
      fs::remove(folder / hook);
    }
  }
  if (changed) done.push_back("installed hooks in " + folder.string());
  if (!place.redirected) {
    git_output(layout, {"config", scope_of(repository), kHooksPath, folder.string()});
    done.push_back("pointed core.hooksPath there; the hooks in " + previous.string() +
                   " go on running");
  }
  return done;
}

void remove_redirect(const git::Repository& repository, std::vector<std::string>& done) {
  const git::Layout& layout = repository.layout();
  const fs::path folder = redirect_folder(repository);
  if (!fs::exists(folder)) return;
  const std::string scope = scope_of(repository);
  if (git_setting(layout, kHooksPath, true, scope) == folder.string()) {
    const std::string previous = first_line(folder / kRestoreFile);
    if (previous.empty()) {
      git_output(layout, {"config", scope, "--unset-all", kHooksPath});
    } else {
      git_output(layout, {"config", scope, kHooksPath, previous});
    }
    done.push_back("put core.hooksPath back as it was");
  }
  fs::remove_all(folder);
  done.push_back("removed " + folder.string());
}

}  // namespace gs::app
