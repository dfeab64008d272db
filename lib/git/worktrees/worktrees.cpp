#include "lib/git/worktrees/worktrees.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <system_error>
#include <thread>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/layout.h"
#include "lib/git/refs/refs.h"
#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

std::optional<core::BranchName> branch_in(const fs::path& file) {
  const std::optional<std::string> line = read_line(file);
  return line ? short_branch(*line) : std::nullopt;
}

std::optional<core::BranchName> bisected(const fs::path& git_dir) {
  const std::optional<std::string> start = read_line(git_dir / "BISECT_START");
  if (!start || core::ObjectId::from_hex(*start) || !valid_ref_name("refs/heads/" + *start))
    return std::nullopt;
  return core::BranchName(*start);
}

std::optional<Worktree> linked(const fs::path& git_dir, const Layout& layout) {
  const std::optional<fs::path> path = linked_worktree(git_dir);
  if (!path) return std::nullopt;
  std::error_code ignored;
  Worktree worktree{*path, git_dir, {}, false, !fs::exists(*path / ".git", ignored)};
  try {
    worktree.branch = checked_out_branch(git_dir, layout);
  } catch (const core::Error&) {
    worktree.branch.reset();  // one damaged HEAD hides no other worktree
  }
  return worktree;
}

}  // namespace

std::optional<core::BranchName> short_branch(std::string_view full_ref) {
  constexpr std::string_view kHeads = "refs/heads/";
  if (!full_ref.starts_with(kHeads) || full_ref.size() == kHeads.size()) return std::nullopt;
  return core::BranchName(std::string(full_ref.substr(kHeads.size())));
}

std::optional<core::BranchName> checked_out_branch(const fs::path& git_dir, const Layout& layout) {
  const std::optional<Ref> head = Refs(layout, git_dir).read("HEAD");
  return head ? short_branch(head->target) : std::nullopt;
}

std::optional<core::BranchName> branch_worked_on(const fs::path& git_dir, const Layout& layout) {
  if (auto branch = checked_out_branch(git_dir, layout)) return branch;
  if (auto branch = branch_in(git_dir / "rebase-merge/head-name")) return branch;
  if (auto branch = branch_in(git_dir / "rebase-apply/head-name")) return branch;
  return bisected(git_dir);
}

std::optional<core::BranchName> branch_worked_on(const Worktree& worktree, const Layout& layout) {
  if (worktree.branch) return worktree.branch;
  return branch_worked_on(worktree.git_dir, layout);
}

std::vector<Worktree> list_worktrees(const Layout& layout) {
  std::vector<Worktree> result;
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(layout.common_dir / "worktrees", none)) {
    if (auto worktree = linked(folder.path(), layout)) result.push_back(std::move(*worktree));
  }
  std::sort(result.begin(), result.end(),
            [](const Worktree& a, const Worktree& b) { return a.path < b.path; });
  if (layout.main_worktree) {
    result.insert(result.begin(),
                  Worktree{*layout.main_worktree, layout.common_dir,
                           checked_out_branch(layout.common_dir, layout), true, false});
  }
  return result;
}

namespace {

// `git status --porcelain=v2 -z`, "Porcelain Format Version 2": entries end with a NUL, and begin
// with '1' (changed), 'u' (unmerged) or '?' (untracked); without renames there is no '2', which
// would be followed by a second path. '#' begins headers, which settings can ask for.
Uncommitted count_entries(std::string_view output) {
  Uncommitted found;
  while (!output.empty()) {
    const char kind = output.front();
    if (kind == '1' || kind == 'u') ++found.tracked;
    if (kind == '?') ++found.untracked;
    output.remove_prefix(std::min(output.find('\0'), output.size() - 1) + 1);
  }
  return found;
}

// The path of the worktree is git's to find the repository from: what names another one to git, as
// in a hook, is taken out of its environment.
Uncommitted status_of(const Worktree& worktree) {
  process::Command command;
  command.argv = {"git",         "--no-optional-locks", "status",
                  "-z",          "--porcelain=v2",      "--untracked-files=normal",
                  "--no-renames"};
  command.directory = worktree.path.string();
  command.unset = process::local_git_variables();
  command.set = {"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none"};
  const process::Result result = process::run(command);
  if (result.status != 0)
    throw core::Error(core::ExitCode::broken, "git status failed: " + first_line(result.errors));
  return count_entries(result.output);
}

}  // namespace

std::vector<WorktreeStatus> status_of(const std::vector<Worktree>& worktrees) {
  std::vector<WorktreeStatus> found(worktrees.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < worktrees.size(); i = next++) {
      try {
        found[i].uncommitted = status_of(worktrees[i]);
      } catch (const std::exception& error) {
        found[i].trouble = error.what();
      }
    }
  };
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < std::min(cores, worktrees.size())) others.emplace_back(work);
  } catch (const std::system_error&) {
    // Fewer threads do as well.
  }
  work();
  others.clear();
  return found;
}

}  // namespace gs::git
