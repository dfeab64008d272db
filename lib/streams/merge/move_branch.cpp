// The one moment of a merge that others see: the integration branch moves.

#include <fmt/format.h>

#include "lib/app/git_command.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/streams/merge/after_merge.h"
#include "lib/streams/merge/merge_task.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

using core::ObjectId;

constexpr int kLastOfGits = 128;  // "fatal: …"; beyond it are the signals that ended git

// The commit's first parent is the tip: this moves branch, index and files, or none of them.
process::Result forward(const MergeTask& task, const git::Worktree& place, const ObjectId& merge) {
  Moving mark(task);
  mark.note(task.integration.hex() + ' ' + merge.hex() + '\0' + place.path.string() + '\0');
  const Handed handed(mark);
  process::Result result =
      git_at(place.path,
             {"-c", "gc.auto=0", "-c", "maintenance.auto=false", "merge", "--ff-only",
              "--no-squash", "--no-autostash", "--no-stat", "--quiet", merge.hex()},
             // Validated once, after all merges, by whoever asked for them.
             {std::string(kMerging) + "=1"});
  if (result.status <= kLastOfGits) mark.finish();
  return result;
}

}  // namespace

// By compare-and-swap: whoever moved it meanwhile wins, and the merge is made anew.
process::Result move_by_swap(const MergeTask& task, const ObjectId& from, const ObjectId& to) {
  const std::string& branch = task.report.branch.str();
  return git_at(working_folder(task.repository().layout()),
                {"update-ref", "-m", fmt::format("merge {}: git stream merge", branch),
                 branch_ref(task.report.into), to.hex(), from.hex()});
}

Moved move_integration(MergeTask& task, const ObjectId& merge) {
  const auto places = integration_worktrees(task);
  const process::Result result = places.empty() ? move_by_swap(task, task.integration, merge)
                                                : forward(task, places.front(), merge);
  const auto tip = task.repository().resolve(branch_ref(task.report.into));
  if (tip && (*tip == merge || task.repository().is_ancestor(merge, *tip))) {
    task.report.hook_output = result.output + result.errors;
    return Moved::yes;
  }
  if (tip != task.integration) return Moved::overtaken;
  task.report.reason = fmt::format(
      "git did not move {}: {}", core::printable(task.report.into.str()), app::in_one_line(result));
  return Moved::refused;
}

std::optional<ObjectId> find_merge(const MergeTask& task) {
  const std::string tip = task.tip().hex();
  std::string lines = git_said(
      working_folder(task.repository().layout()),
      {"rev-list", "--first-parent", "--merges", "--parents", task.integration.hex(), "^" + tip});
  constexpr std::size_t kId = 40;
  for (std::string_view rest = lines; rest.size() > kId;) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    // "COMMIT FIRST SECOND …": merged are the parents after the first.
    const std::size_t second = 2 * (kId + 1);
    if (line.size() > second && line.substr(second).find(tip) != line.npos)
      return ObjectId::from_hex(line.substr(0, kId));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return std::nullopt;
}

}  // namespace gs::streams
