#include "lib/streams/worktree_git.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/refs.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/install/git_config.h"
#include "lib/platform/file.h"
#include "lib/session/identity.h"
#include "lib/state/files.h"

namespace gs::streams {

const std::filesystem::path& working_folder(const git::Layout& layout) {
  return layout.worktree ? *layout.worktree : layout.git_dir;
}

process::Result run_git_in(const std::filesystem::path& folder, std::vector<std::string> arguments,
                           std::vector<std::string> set, std::optional<std::string> input) {
  process::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "git");
  command.directory = folder.string();
  command.set = std::move(set);
  command.input = std::move(input);
  command.unset = process::local_git_variables();
  command.unset.emplace_back(session::kAgentVariable);
  return process::run(command);
}

std::string git_output_in(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  const std::string what = arguments.at(0);
  process::Result result = run_git_in(folder, std::move(arguments));
  if (result.status == 0) return std::move(result.output);
  throw core::Error(core::ExitCode::broken,
                    "git " + what + " failed: " + install::in_one_line(result));
}

namespace {

std::vector<std::string> records(std::string_view output) {
  std::vector<std::string> found;
  while (!output.empty()) {
    const std::string_view record = output.substr(0, output.find('\0'));
    found.emplace_back(record);
    output.remove_prefix(std::min(record.size() + 1, output.size()));
  }
  return found;
}

}  // namespace

std::optional<git::Worktree> worktree_at(const git::Repository& repository,
                                         const std::filesystem::path& folder) {
  std::error_code ignored;
  for (git::Worktree& worktree : repository.worktrees()) {
    if (!worktree.prunable && std::filesystem::equivalent(worktree.path, folder, ignored))
      return std::move(worktree);
  }
  return std::nullopt;
}

void lock_at_work(const git::Worktree& worktree) {
  if (worktree.main) return;
  const std::filesystem::path file = worktree.git_dir / "locked";
  // Linked when it is whole: to git an empty one is somebody's lock without a reason. One that is
  // there already, or cannot be made, is no reason not to work.
  const std::filesystem::path whole = state::temporary_name(file);
  {
    const platform::Descriptor lock = state::open_file(whole, O_WRONLY | O_CREAT | O_EXCL);
    if (!lock) return;
    if (state::write_all(lock.get(), std::string(kAtWork) + "\n") == 0)
      static_cast<void>(link(whole.c_str(), file.c_str()));
  }
  std::error_code ignored;
  std::filesystem::remove(whole, ignored);
}

void unlock_after_work(const git::Worktree& worktree) {
  std::error_code ignored;
  const std::filesystem::path file = worktree.git_dir / "locked";
  if (!worktree.main && git::read_line(file) == kAtWork) std::filesystem::remove(file, ignored);
}

std::optional<std::string> unfinished(const git::Layout& layout, const git::Worktree& worktree) {
  std::error_code ignored;
  using Mark = std::pair<const char*, const char*>;
  static constexpr std::array<Mark, 3> kFiles{
      {{"rebase-merge", "a rebase"},  // first: one that stopped leaves a cherry-pick, too
       {"rebase-apply", "a rebase"},
       {"MERGE_HEAD", "a merge"}}};
  for (const auto& [file, what] : kFiles) {
    if (std::filesystem::exists(worktree.git_dir / file, ignored)) return what;
  }
  static constexpr std::array<Mark, 2> kRefs{
      {{"CHERRY_PICK_HEAD", "a cherry-pick"}, {"REVERT_HEAD", "a revert"}}};
  const git::Refs refs(layout, worktree.git_dir);
  for (const auto& [ref, what] : kRefs) {
    if (refs.read(ref)) return what;
  }
  return std::nullopt;
}

std::vector<std::string> uncommitted(const git::Worktree& worktree, Untracked untracked) {
  const bool passed_over = untracked == Untracked::pass_over;
  const char* const files = passed_over                      ? "--untracked-files=no"
                            : untracked == Untracked::folded ? "--untracked-files=normal"
                                                             : "--untracked-files=all";
  const std::string output = git_output_in(
      worktree.path, {"--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", files,
                      passed_over ? "--ignore-submodules=untracked" : "--ignore-submodules=none"});
  constexpr std::size_t kStatus = 3;  // "?? "
  std::vector<std::string> paths;
  for (const std::string& record : records(output)) {
    const bool ours = record.starts_with("?? ") && record.substr(kStatus) == core::kAiIgnoreFile;
    if (!ours && record.size() > kStatus) paths.push_back(record.substr(kStatus));
  }
  return paths;
}

std::vector<std::string> untracked_files(const git::Worktree& worktree) {
  return records(git_output_in(
      worktree.path, {"ls-files", "-z", "--others", "--exclude-standard", "--full-name"}));
}

std::string some_of(const std::vector<std::string>& paths) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), kNamed); ++i)
    text += (i > 0 ? ", " : "") + core::quote_path(paths[i]);
  if (paths.size() > kNamed) text += fmt::format(" and {} more", paths.size() - kNamed);
  return text;
}

}  // namespace gs::streams
