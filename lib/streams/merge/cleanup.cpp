// Worktree and branch go only when nothing can be lost with them.

#include <algorithm>
#include <fmt/core.h>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/install/git_config.h"
#include "lib/streams/merge/merge_steps.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;

// From where git is run: no worktree that is about to go.
const fs::path& safe_folder(const git::Layout& layout) {
  return layout.main_worktree ? *layout.main_worktree : layout.common_dir;
}

bool is_inside(const fs::path& place, const fs::path& folder) {
  std::error_code ignored;
  const fs::path outer = fs::weakly_canonical(folder, ignored),
                 inner = fs::weakly_canonical(place, ignored);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Of a stream whose worktree git takes away; text is "HEAD\0GITDIR\0PATH\0".
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

// git removes no worktree in which a submodule was once checked out, unless it is made to.
fs::path submodules_of(const git::Worktree& worktree) {
  return worktree.git_dir / "modules";
}

// The repositories of its submodules, those below submodules and those that are not checked out any
// more too.
std::vector<fs::path> submodule_repositories(const git::Worktree& worktree) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(submodules_of(worktree), failed), end; at != end;
       at.increment(failed)) {
    const fs::path& name = at->path().filename();
    if (name == "HEAD") found.push_back(at->path().parent_path());
    if (name == "objects" || name == "refs" || name == "logs") at.disable_recursion_pending();
  }
  return found;
}

// What its submodules have that may be nowhere else; nothing when it has none.
std::optional<std::string> only_in_submodules(const git::Worktree& worktree) {
  for (const fs::path& repository : submodule_repositories(worktree)) {
    const process::Result commits = run_git_in(worktree.path,
                                               {"--git-dir=" + repository.string(), "rev-list",
                                                "-1", "--all", "HEAD", "--not", "--remotes", "--"},
                                               {"GIT_WORK_TREE=" + repository.string()});
    const std::string name = repository.lexically_relative(submodules_of(worktree)).string();
    if (commits.status != 0)
      return fmt::format("its submodule {} cannot be looked at: {}", core::printable(name),
                         install::in_one_line(commits));
    if (!commits.output.empty())
      return fmt::format(
          "its submodule {} has commits or a stash that no remote has: push them first",
          core::printable(name));
  }
  return std::nullopt;
}

// Why a worktree has to stay; nothing when it can go.
std::optional<std::string> reason_to_stay(const MergeTask& task, const git::Worktree& worktree,
                                          const core::ObjectId& integration) {
  if (worktree.main) return "it is the main worktree";
  if (!task.options.caller_folder.empty() && is_inside(task.options.caller_folder, worktree.path))
    return "you are in it";
  const std::vector<std::string> alive = agents_alive(task.record);
  if (!alive.empty()) return alive.front() + " still works in it";
  if (const auto what = unfinished(task.repository().layout(), worktree))
    return *what + " is not finished there";
  if (!worktree.branch && !head_is_in(task, worktree, integration))
    return fmt::format("its HEAD has commits that are not in {}", task.into.str());
  const std::vector<std::string> paths = uncommitted(worktree, Untracked::folded);
  if (!paths.empty()) return "it has uncommitted work: " + some_of(paths);
  return only_in_submodules(worktree);
}

void remove_worktree(const MergeTask& task, const git::Worktree& worktree, CleanUp& result) {
  const fs::path& folder = safe_folder(task.repository().layout());
  const std::string path = worktree.path.string();
  // git looks again, and lets nothing untracked go: ours must not be there then.
  const bool tracked = run_git_in(worktree.path, {"ls-files", "--error-unmatch", "--",
                                                  std::string(core::kAiIgnoreFile)})
                           .status == 0;
  std::error_code ignored;
  if (!tracked) fs::remove(worktree.path / core::kAiIgnoreFile, ignored);
  unlock_after_work(worktree);  // nobody is, any more
  RemovalRecord record(task);
  record.write(head_of(worktree) + '\0' + worktree.git_dir.string() + '\0' + path + '\0');
  const InheritedRecord inherited(record);
  std::vector<std::string> words{"worktree", "remove", "--", path};
  if (!submodule_repositories(worktree).empty()) words.insert(words.begin() + 2, "--force");
  const process::Result removed = run_git_in(folder, std::move(words));
  constexpr int kLastOfGits = 128;  // beyond it are the signals that ended git
  if (removed.status <= kLastOfGits) record.finish();
  if (removed.status == 0) {
    result.removed.push_back("worktree " + path);
    step_done(task.watch, "worktree removed");
  } else {
    result.kept.push_back(fmt::format("worktree {}: {}", path, install::in_one_line(removed)));
  }
}

struct HalfRemoved {
  std::string head;
  fs::path git_dir, path;
};

std::optional<HalfRemoved> read_removal(const std::string& text) {
  const std::size_t first = text.find('\0'), second = text.find('\0', first + 1);
  if (first == text.npos || second == text.npos || text.back() != '\0' || second + 1 == text.size())
    return std::nullopt;
  return HalfRemoved{text.substr(0, first), text.substr(first + 1, second - first - 1),
                     text.substr(second + 1, text.size() - second - 2)};
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
void finish_removal(const MergeTask& task, const HalfRemoved& left, CleanUp& result) {
  const git::Layout& layout = task.repository().layout();
  if (left.git_dir.parent_path() != layout.common_dir / "worktrees") return;
  std::error_code ignored;
  if (!fs::exists(left.path, ignored) || !fs::exists(left.git_dir / "gitdir", ignored)) {
    fs::remove_all(left.git_dir, ignored);
    fs::remove(left.git_dir.parent_path(), ignored);  // where it was the last
  } else {
    if (!fs::exists(left.path / ".git", ignored))
      run_git_in(safe_folder(layout), {"worktree", "repair"});
    const auto worktree = worktree_at(task.repository(), left.path);
    if (!worktree || head_of(*worktree) != left.head || !only_files_are_gone(*worktree)) return;
    const auto removed = run_git_in(safe_folder(layout),
                                    {"worktree", "remove", "--force", "--", left.path.string()});
    if (removed.status != 0) return;
  }
  result.removed.push_back("worktree " + left.path.string());
  step_done(task.watch, "worktree removed");
}

// Waits for a git that an earlier call left at work, and takes away the rest.
void resume_removal(const MergeTask& task, CleanUp& result) {
  if (!RecoveryRecord::pending(task.repository().layout(), RemovalRecord::name(task))) return;
  RemovalRecord record(task);
  if (const auto left = read_removal(record.text())) finish_removal(task, *left, result);
  record.finish();
}

// The entry of a worktree whose folder is gone still holds the branch.
void forget_missing(const MergeTask& task) {
  for (const git::Worktree& worktree : task.worktrees) {
    if (!worktree.prunable || worktree.branch != task.branch) continue;
    run_git_in(safe_folder(task.repository().layout()),
               {"worktree", "remove", "--", worktree.path.string()});
  }
}

bool checked_out(const MergeTask& task) {
  const git::Layout& layout = task.repository().layout();
  const std::vector<git::Worktree> all = task.repository().worktrees();
  return std::ranges::any_of(all,
                             [&](const git::Worktree& worktree) {
                               return git::branch_worked_on(worktree, layout) == task.branch;
                             }) ||
         task.repository().current_branch() == task.branch;
}

void remove_branch(const MergeTask& task, CleanUp& result) {
  const fs::path& folder = safe_folder(task.repository().layout());
  const std::string& branch = task.branch.str();
  if (task.tip) {
    const process::Result deleted =
        run_git_in(folder, {"update-ref", "-d", branch_ref(task.branch), task.tip->hex()});
    if (deleted.status != 0) {
      result.kept.push_back(fmt::format("branch {}: {}", branch, install::in_one_line(deleted)));
      return;
    }
    // Not to be found from the integration branch: its commits are others there.
    const bool by_content = task.part && task.part->how != git::MergedHow::ancestry;
    result.removed.push_back("branch " + branch +
                             (by_content ? " (was " + core::short_id(*task.tip) + ")" : ""));
    step_done(task.watch, "branch removed");
  }
  run_git_in(folder, {"config", "--local", "--remove-section", "branch." + branch});
}

// Why the integration branch does not have all of it; nothing when it has.
std::optional<std::string> reason_not_in(const MergeTask& task, const core::ObjectId& integration) {
  if (!task.tip || task.repository().is_ancestor(*task.tip, integration)) return std::nullopt;
  if (task.part && task.part->tip == *task.tip) return std::nullopt;
  return fmt::format("it has commits that are not in {}", task.into.str());
}

void clean_up_branch(MergeTask task, const core::ObjectId& integration, CleanUp& result) {
  const std::string& branch = task.branch.str();
  if (const auto reason = reason_not_in(task, integration)) {
    result.kept.push_back(fmt::format("branch {}: {}", branch, *reason));
    return;
  }
  const std::size_t kept = result.kept.size();
  task.worktrees = task.repository().worktrees();
  for (const git::Worktree& worktree : worktrees_of(task)) {
    if (const auto reason = reason_to_stay(task, worktree, integration)) {
      const std::string text = fmt::format("worktree {}: {}", worktree.path.string(), *reason);
      if (std::ranges::find(result.kept, text) == result.kept.end()) result.kept.push_back(text);
    } else {
      remove_worktree(task, worktree, result);
    }
  }
  forget_missing(task);
  if (task.tip && checked_out(task)) {
    if (result.kept.size() == kept)
      result.kept.push_back(fmt::format("branch {}: it is checked out", branch));
    return;
  }
  remove_branch(task, result);
}

}  // namespace

CleanUp clean_up(const MergeTask& before) {
  CleanUp result;
  MergeTask task = before;
  const auto integration = task.repository().resolve(branch_ref(task.into));
  if (!integration) return result;
  resume_removal(task, result);
  task.branches = conflicts::stream_branches(
      task.session, state::read_streams(task.session.state()), *integration);
  for (const conflicts::OutsideBranch& outside : task.branches.outside_of(task.spec.id))
    result.kept.push_back(outside.described() + ": it is no branch of the stream");
  for (const conflicts::StreamBranch& branch : task.own())
    clean_up_branch(task.on(branch), *integration, result);
  if (task.own().empty()) {
    task.tip.reset();
    clean_up_branch(task, *integration, result);
  }
  return result;
}

}  // namespace gs::streams
