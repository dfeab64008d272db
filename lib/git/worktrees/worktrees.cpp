// The worktrees of a repository: git-worktree(1), "DETAILS".

#include "lib/git/worktrees/worktrees.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/layout.h"
#include "lib/git/refs/refs.h"

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

std::optional<Worktree> linked(const fs::path& git_dir, const fs::path& common_dir) {
  const std::optional<fs::path> path = linked_worktree(git_dir);
  if (!path) return std::nullopt;
  std::error_code ignored;
  Worktree worktree{*path, git_dir, {}, false, !fs::exists(*path / ".git", ignored)};
  try {
    worktree.branch = checked_out_branch(git_dir, common_dir);
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

std::optional<core::BranchName> checked_out_branch(const fs::path& git_dir,
                                                   const fs::path& common_dir) {
  const std::optional<Ref> head = RefFiles(git_dir, common_dir).read("HEAD");
  return head ? short_branch(head->target) : std::nullopt;
}

std::optional<core::BranchName> branch_worked_on(const fs::path& git_dir,
                                                 const fs::path& common_dir) {
  if (auto branch = checked_out_branch(git_dir, common_dir)) return branch;
  if (auto branch = branch_in(git_dir / "rebase-merge/head-name")) return branch;
  if (auto branch = branch_in(git_dir / "rebase-apply/head-name")) return branch;
  return bisected(git_dir);
}

std::vector<Worktree> list_worktrees(const Layout& layout) {
  std::vector<Worktree> result;
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(layout.common_dir / "worktrees", none)) {
    if (auto worktree = linked(folder.path(), layout.common_dir))
      result.push_back(std::move(*worktree));
  }
  std::sort(result.begin(), result.end(),
            [](const Worktree& a, const Worktree& b) { return a.path < b.path; });
  if (layout.main_worktree) {
    result.insert(result.begin(),
                  Worktree{*layout.main_worktree, layout.common_dir,
                           checked_out_branch(layout.common_dir, layout.common_dir), true, false});
  }
  return result;
}

}  // namespace gs::git
