#include "lib/conflicts/clash_next.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"

namespace gs::streams {

std::string next_step(const Clash& clash, const std::vector<MergeSide>& sides,
                      const core::BranchName& into) {
  const std::size_t later = std::max(clash.first.side, clash.second.side),
                    sooner = std::min(clash.first.side, clash.second.side);
  const MergeSide& side = sides[later];
  const std::string first = sides[clash.first.side].title(),
                    second = sides[clash.second.side].title();
  const std::string merge = fmt::format(
      "{}merge {}",
      side.worktree.empty() ? "git switch " + core::quote_shell(side.branch.str()) + " && git "
                            : "git -C " + core::quote_shell(side.worktree.string()) + " ",
      core::quote_shell(into.str()));
  const std::string when = sooner == 0 ? "" : "once " + sides[sooner].title() + " is merged: ";
  switch (clash.kind) {
    case ClashKind::conflict:
      return fmt::format("{}{}, mend it, commit", when, merge);
    case ClashKind::broken_import:
    case ClashKind::interface:
    case ClashKind::layer:
      if (clash.first.side == clash.second.side) return merge + ", mend it, commit";
      return fmt::format("keep it in {}, or change {} in {}", second,
                         core::quote_path(clash.first.path), first);
    case ClashKind::circle:
      return fmt::format("take one of the two imports out, in {} or in {}", first, second);
    case ClashKind::both_changed:
      return fmt::format("nothing, or agree on it: {} is merged after {}", sides[later].title(),
                         sides[sooner].title());
    case ClashKind::imports:
      break;
  }
  return fmt::format("merge {} before {}, or tell them: git stream handoff", second, first);
}

}  // namespace gs::streams
