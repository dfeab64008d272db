// Worktree and branch go only when nothing can be lost with them.

#include <algorithm>
#include <fmt/format.h>

#include "lib/app/git_command.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees.h"
#include "lib/streams/merge/merge_task.h"
#include "lib/streams/worktree_git.h"

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

// Of a stream whose worktree git takes away; noted is "HEAD\0GITDIR\0PATH\0".
class RemovalRecord : public RecoveryRecord {
 public:
  explicit RemovalRecord(const MergeTask& task)
      : RecoveryRecord(
            task.repository().layout(), name(task),
            "removing the worktree of stream " + task.spec.id.str() + " for an earlier merge",
            "git stream merge " + task.spec.id.str()) {}
  static std::string name(const MergeTask& task) { return "remove-" + task.spec.id.str(); }
};

std::string head_of(const git::Worktree& worktree) {
  const std::string head =
      run_git_in(worktree.path, {"rev-parse", "-q", "--verify", "HEAD"}).output;
  return head.substr(0, head.find('\n'));
}

bool head_is_in(const MergeTask& task, const git::Worktree& worktree,
                const core::ObjectId& integration) {
  const auto commit = core::ObjectId::from_hex(head_of(worktree));
  return commit && task.repository().is_ancestor(*commit, integration);
}

// Why a worktree has to stay; nothing when it can go.
std::optional<std::string> reason_to_stay(const MergeTask& task, const git::Worktree& worktree,
                                          const core::ObjectId& integration) {
  if (worktree.main) return "it is the main worktree";
  if (!task.options.caller_folder.empty() && holds(worktree.path, task.options.caller_folder))
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
  const bool tracked = run_git_in(worktree.path, {"ls-files", "--error-unmatch", "--",
                                                  std::string(core::kAiIgnoreFile)})
                           .status == 0;
  std::error_code ignored;
  if (!tracked) fs::remove(worktree.path / core::kAiIgnoreFile, ignored);
  RemovalRecord mark(task);
  mark.note(head_of(worktree) + '\0' + worktree.git_dir.string() + '\0' + path + '\0');
  const InheritedRecord handed(mark);
  const process::Result result = run_git_in(place, {"worktree", "remove", "--", path});
  constexpr int kLastOfGits = 128;  // beyond it are the signals that ended git
  if (result.status <= kLastOfGits) mark.finish();
  if (result.status == 0) {
    task.report.removed.push_back("worktree " + path);
    step_done(task.watch, "worktree removed");
  } else {
    task.report.kept.push_back(fmt::format("worktree {}: {}", path, app::in_one_line(result)));
  }
}

struct HalfRemoved {
  std::string head;
  fs::path git_dir, path;
};

std::optional<HalfRemoved> read_removal(const std::string& noted) {
  const std::size_t first = noted.find('\0'), second = noted.find('\0', first + 1);
  if (first == noted.npos || second == noted.npos || noted.back() != '\0' ||
      second + 1 == noted.size())
    return std::nullopt;
  return HalfRemoved{noted.substr(0, first), noted.substr(first + 1, second - first - 1),
                     noted.substr(second + 1, noted.size() - second - 2)};
}

// Whether nothing is missing to HEAD but files: what git had not come to yet is there.
bool only_files_are_gone(const git::Worktree& worktree) {
  const std::string listed = git_output_in(
      worktree.path, {"--no-optional-locks", "status", "--porcelain", "-z", "--no-renames"});
  for (std::size_t at = 0; at < listed.size(); at = listed.find('\0', at) + 1) {
    if (listed.compare(at, 3, " D ") != 0) return false;
  }
  return true;
}

// git takes the files away first, then what it knew of the worktree.
void go_on_removing(MergeTask& task, const HalfRemoved& left) {
  const git::Layout& layout = task.repository().layout();
  if (left.git_dir.parent_path() != layout.common_dir / "worktrees") return;
  std::error_code ignored;
  if (!fs::exists(left.path, ignored) || !fs::exists(left.git_dir / "gitdir", ignored)) {
    fs::remove_all(left.git_dir, ignored);
    fs::remove(left.git_dir.parent_path(), ignored);  // where it was the last
  } else {
    if (!fs::exists(left.path / ".git", ignored))
      run_git_in(safe_place(layout), {"worktree", "repair"});
    const auto worktree = worktree_at(task.repository(), left.path);
    if (!worktree || head_of(*worktree) != left.head || !only_files_are_gone(*worktree)) return;
    const auto result =
        run_git_in(safe_place(layout), {"worktree", "remove", "--force", "--", left.path.string()});
    if (result.status != 0) return;
  }
  task.report.removed.push_back("worktree " + left.path.string());
  step_done(task.watch, "worktree removed");
}

// Waits for a git that an earlier call left at work, and takes away the rest.
void resume_removal(MergeTask& task) {
  if (!RecoveryRecord::pending(task.repository().layout(), RemovalRecord::name(task))) return;
  RemovalRecord mark(task);
  if (const auto left = read_removal(mark.noted())) go_on_removing(task, *left);
  mark.finish();
  task.worktrees = task.repository().worktrees();
}

// The entry of a worktree whose folder is gone still holds the branch.
void forget_missing(MergeTask& task) {
  for (const git::Worktree& worktree : task.worktrees) {
    if (!worktree.prunable || worktree.branch != task.report.branch) continue;
    run_git_in(safe_place(task.repository().layout()),
               {"worktree", "remove", "--", worktree.path.string()});
  }
}

bool checked_out(const MergeTask& task) {
  const git::Layout& layout = task.repository().layout();
  const std::vector<git::Worktree> all = task.repository().worktrees();
  return std::ranges::any_of(all,
                             [&](const git::Worktree& worktree) {
                               return git::branch_worked_on(worktree, layout) == task.report.branch;
                             }) ||
         task.repository().current_branch() == task.report.branch;
}

void remove_branch(MergeTask& task) {
  const fs::path& place = safe_place(task.repository().layout());
  const std::string& branch = task.report.branch.str();
  if (task.report.tip) {
    const process::Result result =
        run_git_in(place, {"update-ref", "-d", branch_ref(task.report.branch), task.tip().hex()});
    if (result.status != 0) {
      task.report.kept.push_back(fmt::format("branch {}: {}", branch, app::in_one_line(result)));
      return;
    }
    task.report.removed.push_back("branch " + branch);
    step_done(task.watch, "branch removed");
  }
  run_git_in(place, {"config", "--local", "--remove-section", "branch." + branch});
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
  resume_removal(task);
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
