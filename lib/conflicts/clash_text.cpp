#include "lib/conflicts/clash_text.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"

namespace gs::streams {

namespace {

const core::Change* find(const core::ChangeSet& changes, const std::string& path) {
  const auto at = std::ranges::lower_bound(changes, path, {}, &core::Change::path);
  return at != changes.end() && at->path == path ? &*at : nullptr;
}

// Whether a side has changed the path, or anything below it.
const std::string* touched(const MergeSide& side, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (const core::Change* change = find(side.changes, name)) return &change->path;
    const auto below = std::ranges::lower_bound(side.changes, name + "/", {}, &core::Change::path);
    if (below != side.changes.end() && below->path.starts_with(name + "/")) return &below->path;
  }
  return nullptr;
}

}  // namespace

std::vector<Clash> text_clashes(const PairMerger& merger, const PairMerge& merge,
                                const MergeSide& ours, const MergeSide& theirs, std::size_t one,
                                std::size_t other) {
  std::vector<Clash> clashes;
  if (merge.unrelated) {
    Clash clash;
    clash.first.side = one;
    clash.second.side = other;
    clash.message =
        fmt::format("{} and {} have no history in common", core::printable(ours.branch.str()),
                    core::printable(theirs.branch.str()));
    return {clash};
  }
  for (const PathConflict& conflict : path_conflicts(merge)) {
    const std::string* first = touched(ours, conflict.names);
    const std::string* second = touched(theirs, conflict.names);
    Clash clash;
    clash.first = {one, first != nullptr ? *first : conflict.path, {}, 0};
    clash.second = {other, second != nullptr ? *second : conflict.path, {}, 0};
    clash.message = fmt::format("conflict ({})", conflict.kind);
    clash.hunks = conflict_hunks(merger.content(merge, conflict.path));
    if (!clash.hunks.empty()) clash.first.line = clash.second.line = clash.hunks.front().line;
    clashes.push_back(std::move(clash));
  }
  return clashes;
}

std::vector<Clash> both_changed(const MergeSide& ours, const MergeSide& theirs, std::size_t one,
                                std::size_t other, const std::vector<Clash>& clashes) {
  std::vector<Clash> found;
  for (const core::Change& change : ours.changes) {
    const core::Change* same = find(theirs.changes, change.path);
    if (same == nullptr || (same->new_id == change.new_id && same->new_mode == change.new_mode))
      continue;
    const bool told = std::ranges::any_of(clashes, [&](const Clash& clash) {
      return clash.first.path == change.path || clash.second.path == change.path;
    });
    if (told) continue;
    Clash clash;
    clash.kind = ClashKind::both_changed;
    clash.blocks = false;
    clash.first = {one, change.path, {}, 0};
    clash.second = {other, change.path, {}, 0};
    clash.message = "changed by both; git can merge it";
    found.push_back(std::move(clash));
  }
  return found;
}

}  // namespace gs::streams
