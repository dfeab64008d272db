// What keeps a stream from being merged, found without touching anything.

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/streams/merge/merge_steps.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::StreamStatus;

std::string command(std::string_view verb, const core::StreamId& stream) {
  return fmt::format("git stream {} {}", verb, stream.str());
}

std::string in_folder(const fs::path& folder, std::string_view rest) {
  return fmt::format("git -C {} {}", core::quote_shell(folder.string()), rest);
}

// Whether all that remains of it is at a remote: it is for other clones to say what is complete.
bool is_elsewhere(const MergeTask& task) {
  const auto here = [](const auto& branch) { return branch.remains() && branch.remote.empty(); };
  const bool known = task.branches.damaged_of(task.spec.id) == nullptr;
  return known && task.branches.remains(task.spec.id) && std::ranges::none_of(task.own(), here);
}

std::optional<Refusal> refuse_status(const MergeTask& task) {
  if (is_elsewhere(task)) return std::nullopt;
  const core::StreamId& id = task.spec.id;
  if (task.record.status == StreamStatus::waiting)
    return Refusal{"it is not started", command("start", id)};
  const bool again = task.record.status == StreamStatus::in_progress && task.record.merged_at;
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (again && branch.remains())
      return Refusal{fmt::format("{} has commits that are not in {}, since it was merged",
                                 core::printable(branch.name.str()), task.into.str()),
                     command("complete", id)};
  }
  if (task.record.status == StreamStatus::in_progress)
    return Refusal{"it is not completed", command("complete", id)};
  return std::nullopt;
}

std::optional<Refusal> refuse_dependencies(const MergeTask& task, const Assumed& assumed) {
  const state::Streams streams = state::read_streams(task.session.state());
  std::vector<core::StreamId> missing =
      conflicts::unmerged_dependencies(task.session.policy(), streams, task.spec);
  std::erase_if(missing, [&](const core::StreamId& id) { return assumed.merged.contains(id); });
  if (missing.empty()) return std::nullopt;
  const std::string names = core::joined(missing, std::mem_fn(&core::StreamId::str));
  return Refusal{fmt::format("it depends on {}, not merged yet", names),
                 command("merge", missing.front())};
}

// A branch as it was when the stream was completed.
std::optional<Refusal> refuse_moved(const MergeTask& task, const conflicts::StreamBranch& branch) {
  if (branch.is_in() || !branch.remote.empty() || task.record.completed(branch.tip))
    return std::nullopt;
  const std::string name = core::printable(branch.name.str());
  const Refusal complete{{}, command("complete", task.spec.id)};
  std::optional<core::ObjectId> completed;
  for (const auto& [recorded, tip] : completed_tips(task.record)) {
    if (recorded == branch.name) completed = tip;
  }
  if (!completed)
    return Refusal{fmt::format("{} was not there when it was completed, and is not in {}", name,
                               task.into.str()),
                   complete.next};
  return Refusal{fmt::format("{} has moved since it was completed, from {} to {}", name,
                             core::short_id(*completed), core::short_id(branch.tip)),
                 complete.next};
}

// What was completed must be in a branch still, or in the integration branch.
std::optional<Refusal> refuse_lost(const MergeTask& task) {
  for (const auto& [name, tip] : completed_tips(task.record)) {
    const bool known = git::known_commit(task.repository(), tip).has_value();
    const bool held = std::ranges::any_of(task.own(), [&](const auto& branch) {
      return branch.name == name || branch.tip == tip ||
             (known && task.repository().is_ancestor(tip, branch.tip));
    });
    if (held || completed_is_in(task, tip)) continue;
    return Refusal{
        fmt::format("its branch {} does not exist", core::printable(name.str())),
        known ? fmt::format("git branch {} {}", core::quote_shell(name.str()), core::short_id(tip))
              : command("complete", task.spec.id)};
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_branches(const MergeTask& task) {
  for (const conflicts::OutsideBranch& outside : task.branches.outside_of(task.spec.id)) {
    if (outside.has_work)
      return Refusal{outside.described() + " has commits of it, and is no branch of it by the " +
                         "naming rule",
                     outside.next};
  }
  if (const conflicts::DamagedBranch* damaged = task.branches.damaged_of(task.spec.id))
    return Refusal{fmt::format("its branch {} cannot be read: {}",
                               core::printable(damaged->name.str()), damaged->trouble),
                   "git fsck"};
  if (auto refusal = refuse_lost(task)) return refusal;
  if (task.own().empty())
    return Refusal{fmt::format("its branch {} does not exist", core::printable(task.branch.str())),
                   command("start", task.spec.id)};
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (!branch.base)
      return Refusal{
          fmt::format("{} and {} have no history in common", branch.name.str(), task.into.str()),
          command("start", task.spec.id)};
    if (auto refusal = refuse_moved(task, branch)) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_unsaved(const MergeTask& task) {
  for (const git::Worktree& worktree : worktrees_of(task)) {
    const std::string path = worktree.path.string();
    if (const auto what = unfinished(task.repository().layout(), worktree)) {
      return Refusal{fmt::format("{} is not finished in its worktree {}", *what, path),
                     in_folder(worktree.path, "status")};
    }
    const std::vector<std::string> paths = uncommitted(worktree, Untracked::folded);
    if (paths.empty()) continue;
    return Refusal{
        fmt::format("uncommitted work in its worktree {}: {}", path, some_of(paths)),
        in_folder(worktree.path, "status") + ", commit, then " + command("complete", task.spec.id)};
  }
  return std::nullopt;
}

std::vector<git::Worktree> usable_worktrees(const MergeTask& task) {
  std::vector<git::Worktree> found = task.worktrees;
  std::erase_if(found, [](const git::Worktree& worktree) { return worktree.prunable; });
  return found;
}

// Whether one of two paths is the other, or lies below it.
bool collide(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '/');
}

}  // namespace

std::vector<git::Worktree> worktrees_of(const MergeTask& task) {
  const git::Layout& layout = task.repository().layout();
  const bool recorded = !task.record.worktree.empty();
  std::error_code ignored;
  const fs::path own =
      recorded ? fs::weakly_canonical(conflicts::absolute_worktree(layout, task.record.worktree),
                                      ignored)
               : fs::path();
  std::vector<git::Worktree> found = usable_worktrees(task);
  std::erase_if(found, [&](const git::Worktree& worktree) {
    const auto branch = git::branch_worked_on(worktree, layout);
    if (branch) return *branch != task.branch;
    return !recorded || fs::weakly_canonical(worktree.path, ignored) != own;
  });
  return found;
}

std::vector<git::Worktree> integration_worktrees(const MergeTask& task) {
  const git::Layout& layout = task.repository().layout();
  std::vector<git::Worktree> found = usable_worktrees(task);
  std::erase_if(found, [&](const git::Worktree& worktree) {
    return git::branch_worked_on(worktree, layout) != task.into;
  });
  return found;
}

std::vector<std::string> agents_alive(const state::StreamRecord& record) {
  std::vector<std::string> alive;
  for (const state::AgentRun& run : record.runs) {
    if (run.ended_at || platform::liveness(run.process) == platform::Liveness::ended) continue;
    alive.push_back(fmt::format("{} (process {})", run.agent.full(), run.process.pid));
  }
  return alive;
}

std::optional<Refusal> refuse_stream(const MergeTask& task, const Assumed& assumed) {
  if (auto refusal = refuse_status(task)) return refusal;
  if (auto refusal = refuse_dependencies(task, assumed)) return refusal;
  if (auto refusal = refuse_branches(task)) return refusal;
  const std::vector<std::string> alive = agents_alive(task.record);
  if (!alive.empty())
    return Refusal{fmt::format("{} still works on it", alive.front()), "git stream status --watch"};
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (auto refusal = refuse_unsaved(task.on(branch))) return refusal;
  }
  return std::nullopt;
}

MergeTask MergeTask::on(const conflicts::StreamBranch& one) const {
  MergeTask other = *this;
  other.branch = one.name;
  other.remote = one.remote;
  other.tip = one.tip;
  other.part = one.merged;
  return other;
}

bool completed_is_in(const MergeTask& task, const core::ObjectId& tip) {
  const git::Repository& repository = task.repository();
  const core::ObjectId& integration = task.branches.integration;
  if (!git::known_commit(repository, tip)) return false;
  if (repository.is_ancestor(tip, integration)) return true;
  const auto base = git::merge_base(repository, integration, tip);
  git::IntegrationLine line(repository, integration);
  const auto part = base ? git::merged_by_content(repository, line, *base, tip) : std::nullopt;
  return part && part->tip == tip;
}

std::vector<std::pair<core::BranchName, core::ObjectId>> completed_tips(
    const state::StreamRecord& record) {
  std::vector<std::pair<core::BranchName, core::ObjectId>> tips;
  if (record.completed_tip) tips.emplace_back(record.branch, *record.completed_tip);
  for (const state::BranchRecord& branch : record.branches) {
    const bool known =
        std::ranges::any_of(tips, [&](const auto& one) { return one.first == branch.branch; });
    if (branch.completed_tip && !known) tips.emplace_back(branch.branch, *branch.completed_tip);
  }
  return tips;
}

std::optional<Refusal> refuse_integration(const MergeTask& task) {
  const std::vector<git::Worktree> worktrees = integration_worktrees(task);
  if (worktrees.size() > 1) {
    return Refusal{
        fmt::format("{} is checked out in {} and in {}: only one could follow", task.into.str(),
                    worktrees[0].path.string(), worktrees[1].path.string()),
        in_folder(worktrees[1].path, "switch --detach")};
  }
  for (const git::Worktree& worktree : worktrees) {
    const std::string where =
        fmt::format("{}, where {} is checked out", worktree.path.string(), task.into.str());
    if (const auto what = unfinished(task.repository().layout(), worktree))
      return Refusal{fmt::format("{} is not finished in {}", *what, where),
                     in_folder(worktree.path, "status")};
    const std::vector<std::string> paths = uncommitted(worktree, Untracked::pass_over);
    if (!paths.empty())
      return Refusal{fmt::format("uncommitted changes in {}: {}", where, some_of(paths)),
                     in_folder(worktree.path, "status")};
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_overwriting(const MergeTask& task, const core::ObjectId& integration,
                                          const core::ObjectId& merge) {
  const std::vector<git::Worktree> worktrees = integration_worktrees(task);
  if (worktrees.empty()) return std::nullopt;
  std::set<std::string> added;
  for (const core::Change& change : git::changes_between(task.repository(), integration, merge)) {
    if (change.old_mode == core::mode::none) added.insert(change.path);
  }
  for (const git::Worktree& worktree : worktrees) {
    std::vector<std::string> lost = untracked_files(worktree);
    std::erase_if(lost, [&](const std::string& path) {
      return std::ranges::none_of(added, [&](const auto& other) { return collide(path, other); });
    });
    if (lost.empty()) continue;
    return Refusal{fmt::format("untracked files in {} would be overwritten: {}",
                               worktree.path.string(), some_of(lost)),
                   "move them away, then " + command("merge", task.spec.id)};
  }
  return std::nullopt;
}

}  // namespace gs::streams
