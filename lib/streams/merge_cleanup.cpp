// Worktree and branch go only when nothing can be lost with them.

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/git/history.h"
#include "lib/streams/git_at.h"
#include "lib/streams/merge_task.h"
#include "lib/streams/names.h"
#include "lib/streams/worktree_state.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;

// From where git is run: no worktree that is about to go.
const fs::path& safe_place(const git::Layout& layout) {
  return layout.main_worktree ? *layout.main_worktree : layout.common_dir;
}

bool holds(const fs::path& folder, const fs::path& place) {
  std::error_code ignored;
  const fs::path outer = fs::weakly_canonical(folder, ignored),
                 inner = fs::weakly_canonical(place, ignored);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

bool head_is_in(const MergeTask& task, const git::Worktree& worktree,
                const core::ObjectId& integration) {
  const std::string head = git_at(worktree.path, {"rev-parse", "-q", "--verify", "HEAD"}).output;
  const auto commit = core::ObjectId::from_hex(head.substr(0, head.find('\n')));
  return commit && task.repository().is_ancestor(*commit, integration);
}

// Why a worktree has to stay; nothing when it can go.
std::optional<std::string> reason_to_stay(const MergeTask& task, const git::Worktree& worktree,
                                          const core::ObjectId& integration) {
  if (worktree.main) return "it is the main worktree";
  if (!task.options.standing.empty() && holds(worktree.path, task.options.standing))
    return "you are in it";
  const std::vector<std::string> alive = agents_alive(task.record);
  if (!alive.empty()) return alive.front() + " still works in it";
  if (const auto what = unfinished(worktree)) return *what + " is not finished there";
  if (!worktree.branch && !head_is_in(task, worktree, integration))
    return fmt::format("its HEAD has commits that are not in {}", task.report.into.str());
  const std::vector<std::string> paths = uncommitted(worktree, Untracked::folded);
  if (!paths.empty()) return "it has uncommitted work: " + some_of(paths);
  return std::nullopt;
}

void remove_worktree(MergeTask& task, const git::Worktree& worktree) {
  const fs::path& place = safe_place(task.repository().layout());
  const std::string path = worktree.path.string();
  // git looks again, and lets nothing untracked go: ours must not be there then.
  const bool tracked =
      git_at(worktree.path, {"ls-files", "--error-unmatch", "--", std::string(kAiIgnore)}).status ==
      0;
  std::error_code ignored;
  if (!tracked) fs::remove(worktree.path / kAiIgnore, ignored);
  const process::Result result = git_at(place, {"worktree", "remove", "--", path});
  if (result.status == 0) {
    task.report.removed.push_back("worktree " + path);
    step_done(task.watch, "worktree removed");
  } else {
    task.report.kept.push_back(fmt::format("worktree {}: {}", path, in_one_line(result)));
  }
}

// The entry of a worktree whose folder is gone still holds the branch.
void forget_missing(MergeTask& task) {
  for (const git::Worktree& worktree : task.worktrees) {
    if (!worktree.prunable || worktree.branch != task.report.branch) continue;
    git_at(safe_place(task.repository().layout()),
           {"worktree", "remove", "--", worktree.path.string()});
  }
}

bool checked_out(const MergeTask& task) {
  const git::Layout& layout = task.repository().layout();
  const std::vector<git::Worktree> all = task.repository().worktrees();
  return std::ranges::any_of(all,
                             [&](const git::Worktree& worktree) {
                               return branch_in(worktree, layout) == task.report.branch;
                             }) ||
         task.repository().current_branch() == task.report.branch;
}

void remove_branch(MergeTask& task) {
  const fs::path& place = safe_place(task.repository().layout());
  const std::string& branch = task.report.branch.str();
  if (task.report.tip) {
    const process::Result result =
        git_at(place, {"update-ref", "-d", branch_ref(task.report.branch), task.tip().hex()});
    if (result.status != 0) {
      task.report.kept.push_back(fmt::format("branch {}: {}", branch, in_one_line(result)));
      return;
    }
    task.report.removed.push_back("branch " + branch);
    step_done(task.watch, "branch removed");
  }
  git_at(place, {"config", "--local", "--remove-section", "branch." + branch});
}

}  // namespace

void clean_up(MergeTask& task) {
  const git::Repository& repository = task.repository();
  const auto integration = repository.resolve(branch_ref(task.report.into));
  const std::string& branch = task.report.branch.str();
  if (!integration) return;
  if (task.report.tip && !repository.is_ancestor(task.tip(), *integration)) {
    task.report.kept.push_back(fmt::format("branch {}: it has commits that are not in {}", branch,
                                           task.report.into.str()));
    return;
  }
  for (const git::Worktree& worktree : worktrees_of(task)) {
    if (const auto reason = reason_to_stay(task, worktree, *integration)) {
      task.report.kept.push_back(fmt::format("worktree {}: {}", worktree.path.string(), *reason));
    } else {
      remove_worktree(task, worktree);
    }
  }
  forget_missing(task);
  if (task.report.tip && checked_out(task)) {
    if (task.report.kept.empty())
      task.report.kept.push_back(fmt::format("branch {}: it is checked out", branch));
    return;
  }
  remove_branch(task);
}

}  // namespace gs::streams
