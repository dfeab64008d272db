#include "lib/git/worktrees/uncommitted.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <system_error>
#include <thread>

#include "lib/core/error.h"
#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

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
