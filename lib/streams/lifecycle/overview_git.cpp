#include "lib/streams/lifecycle/overview_git.h"

#include <algorithm>

#include "lib/conflicts/names.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;

// The worktree that the stream was given: by its folder, or where that was moved, by its branch.
const git::Worktree* worktree_of(const StreamView& view, const git::Layout& layout,
                                 const std::vector<git::Worktree>& worktrees) {
  if (!view.record || view.record->worktree.empty()) return nullptr;
  const auto first = [&](const auto& fits) -> const git::Worktree* {
    const auto found = std::find_if(worktrees.begin(), worktrees.end(), fits);
    return found == worktrees.end() ? nullptr : &*found;
  };
  const fs::path path = absolute_worktree(layout, view.record->worktree);
  const auto by_path = [&](const git::Worktree& other) { return other.path == path; };
  const auto by_file = [&](const git::Worktree& other) {
    std::error_code ignored;
    return fs::equivalent(other.path, path, ignored);
  };
  const auto by_branch = [&](const git::Worktree& other) {
    return !other.main && other.branch == view.branch;
  };
  if (const git::Worktree* found = first(by_path)) return found;
  if (const git::Worktree* found = first(by_branch)) return found;
  return first(by_file);
}

void add_worktrees(const git::Layout& layout, Overview& overview) {
  for (StreamView& view : overview.streams) {
    const git::Worktree* worktree = worktree_of(view, layout, overview.worktrees);
    if (worktree != nullptr && !worktree->prunable) view.worktree = *worktree;
  }
}

void add_branch(const git::Repository& repository, git::Divergences* divergences,
                StreamView& view) {
  try {
    const auto tip = repository.resolve("refs/heads/" + view.branch.str());
    view.branch_exists = tip.has_value();
    if (!tip) return;
    view.moved_on = view.standing == Standing::completed && view.record->completed_tip &&
                    *view.record->completed_tip != *tip;
    if (divergences != nullptr) view.divergence = divergences->of(*tip);
  } catch (const core::Error& error) {
    view.troubles.emplace_back(error.what());
  }
}

std::optional<core::ObjectId> integration(app::Session& session) {
  try {
    return integration_tip(session);
  } catch (const core::Error&) {
    return std::nullopt;  // before the first commit there is nothing to be ahead of
  }
}

void add_uncommitted(Overview& overview) {
  std::vector<git::Worktree> worktrees;
  for (const StreamView& view : overview.streams) {
    if (view.worktree) worktrees.push_back(*view.worktree);
  }
  const std::vector<git::WorktreeStatus> statuses = git::status_of(worktrees);
  auto status = statuses.begin();
  for (StreamView& view : overview.streams) {
    if (!view.worktree) continue;
    view.uncommitted = status->uncommitted;
    if (!status->uncommitted) view.troubles.push_back(status->trouble);
    ++status;
  }
}

}  // namespace

void add_git_side(app::Session& session, Overview& overview) {
  const git::Repository& repository = session.repository();
  add_worktrees(repository.layout(), overview);
  const auto base = integration(session);
  std::optional<git::Divergences> divergences;
  if (base) divergences.emplace(repository, *base);
  for (StreamView& view : overview.streams)
    add_branch(repository, divergences ? &*divergences : nullptr, view);
  add_uncommitted(overview);
}

}  // namespace gs::streams
