// What keeps a stream from being merged, found without touching anything.

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
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

std::string short_id(const core::ObjectId& id) {
  return id.hex().substr(0, 10);
}

std::optional<Refusal> refuse_status(const MergeTask& task) {
  const core::StreamId& id = task.spec.id;
  if (task.record.status == StreamStatus::waiting)
    return Refusal{"it is not started", command("start", id)};
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
  std::string names;
  for (const core::StreamId& id : missing) names += (names.empty() ? "" : ", ") + id.str();
  return Refusal{fmt::format("it depends on {}, not merged yet", names),
                 command("merge", missing.front())};
}

std::optional<Refusal> refuse_branch(const MergeTask& task) {
  const auto& completed = task.record.completed_tip;
  const std::string& branch = task.branch.str();
  if (!task.tip) {
    return Refusal{
        fmt::format("its branch {} does not exist", branch),
        completed ? fmt::format("git branch {} {}", core::quote_shell(branch), short_id(*completed))
                  : command("start", task.spec.id)};
  }
  if (!completed || *completed == *task.tip) return std::nullopt;
  return Refusal{fmt::format("{} has moved since it was completed, from {} to {}", branch,
                             short_id(*completed), short_id(*task.tip)),
                 command("complete", task.spec.id)};
}

std::optional<Refusal> refuse_unsaved(const MergeTask& task) {
  for (const git::Worktree& worktree : worktrees_of(task)) {
    const std::string path = worktree.path.string();
    if (const auto what = unfinished(worktree)) {
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
  if (auto refusal = refuse_branch(task)) return refusal;
  const std::vector<std::string> alive = agents_alive(task.record);
  if (!alive.empty())
    return Refusal{fmt::format("{} still works on it", alive.front()), "git stream status --watch"};
  return refuse_unsaved(task);
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
    if (const auto what = unfinished(worktree))
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
