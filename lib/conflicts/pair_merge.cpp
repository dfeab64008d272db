#include "lib/conflicts/pair_merge.h"

#include <algorithm>
#include <fmt/core.h>
#include <fstream>
#include <set>

#include "lib/core/text.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/history.h"

namespace gs::conflicts {

namespace fs = std::filesystem;

AttributesFolder::AttributesFolder(const git::Repository& repository, const core::ObjectId& commit)
    : folder_(repository.layout()) {
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    if (file != ".gitattributes" || !core::mode::is_regular(entry.mode)) return;
    const fs::path target = folder_.path() / path;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << repository.blob(entry.id);
  });
}

void name_branch(const core::ObjectId& commit, const core::BranchName& branch,
                 std::vector<git::UnmergedEntry>& unmerged,
                 std::vector<git::MergeMessage>& messages) {
  const std::string name = commit.hex(), ending = "~" + name;
  const auto plain = [&](std::string& path) {
    if (path.ends_with(ending)) path.resize(path.size() - ending.size());
  };
  for (git::UnmergedEntry& entry : unmerged) plain(entry.path);
  for (git::MergeMessage& message : messages) {
    for (std::string& path : message.paths) plain(path);
    std::string& text = message.text;
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;
         at += branch.str().size())
      text.replace(at, name.size(), branch.str());
  }
}

PairMerger::PairMerger(const git::Repository& repository, git::ScratchObjects& scratch,
                       const core::ObjectId& integration)
    : repository_(repository), scratch_(scratch), integration_(integration) {}

PairMerger::~PairMerger() = default;

PairMerge PairMerger::merge(const MergeSide& ours, const MergeSide& theirs) {
  PairMerge merge;
  const auto base = git::only_merge_base(repository_, ours.tip, theirs.tip);
  if (!base && !git::merge_base(repository_, ours.tip, theirs.tip)) {
    merge.unrelated = true;
    return merge;
  }
  if (base) {
    const auto changes = [&](const MergeSide& side) {
      return *base == side.base ? side.changes : git::changes_between(repository_, *base, side.tip);
    };
    auto merged = git::trivial_merge(changes(ours), changes(theirs));
    if (merged) {
      merge.changes = std::move(*merged);
      return merge;
    }
  }
  if (!folder_) folder_ = std::make_unique<AttributesFolder>(repository_, integration_);
  ++asked_;
  git::TreeMerge made = git::merge_trees(repository_.layout(), ours.tip, theirs.tip,
                                         folder_->path(), scratch_.variables());
  merge.by_git = true;
  merge.clean = made.clean;
  merge.tree = made.tree;
  merge.unmerged = std::move(made.unmerged);
  merge.messages = std::move(made.messages);
  for (const MergeSide* side : {&ours, &theirs})
    name_branch(side->tip, side->branch, merge.unmerged, merge.messages);
  return merge;
}

core::ObjectId PairMerger::commit(const MergeSide& ours, const MergeSide& theirs,
                                  const PairMerge& merge) {
  const core::ObjectId tree =
      merge.tree ? *merge.tree : scratch_.tree(scratch_.tree_of(ours.tip), merge.changes);
  return scratch_.commit(tree, {ours.tip, theirs.tip});
}

std::string PairMerger::content(const PairMerge& merge, const std::string& path) const {
  if (!merge.tree) return {};
  const auto commit = scratch_.commit(*merge.tree, {});
  const auto entry = repository_.entry(commit, path);
  if (!entry || !core::mode::is_regular(entry->mode)) return {};
  return repository_.blob(entry->id);
}

std::optional<std::string> conflict_kind(const git::MergeMessage& message) {
  constexpr std::string_view kStart = "CONFLICT (";
  if (!message.type.starts_with(kStart)) return std::nullopt;
  const std::string& named = message.text.starts_with(kStart) ? message.text : message.type;
  return named.substr(kStart.size(), named.find(')') - kStart.size());
}

std::vector<PathConflict> path_conflicts(const PairMerge& merge) {
  std::vector<PathConflict> conflicts;
  std::set<std::string> named;
  if (merge.clean) return conflicts;
  for (const git::MergeMessage& message : merge.messages) {
    const auto kind = conflict_kind(message);
    if (!kind) continue;
    const std::string path = message.paths.empty() ? "" : message.paths.front();
    named.insert(message.paths.begin(), message.paths.end());
    const auto same = std::ranges::find(conflicts, path, &PathConflict::path);
    PathConflict& conflict =
        same != conflicts.end()
            ? *same
            : conflicts.emplace_back(PathConflict{path, *kind, message.text, {}});
    conflict.names.insert(conflict.names.end(), message.paths.begin(), message.paths.end());
  }
  for (const git::UnmergedEntry& entry : merge.unmerged) {
    if (named.insert(entry.path).second)
      conflicts.push_back({entry.path, "unmerged", "git could not decide", {entry.path}});
  }
  std::ranges::stable_sort(conflicts, {}, &PathConflict::path);
  return conflicts;
}

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

std::vector<Conflict> text_conflicts(const PairMerger& merger, const PairMerge& merge,
                                     const MergeSide& ours, const MergeSide& theirs,
                                     std::size_t one, std::size_t other) {
  std::vector<Conflict> conflicts;
  if (merge.unrelated) {
    Conflict conflict;
    conflict.first.side = one;
    conflict.second.side = other;
    conflict.message =
        fmt::format("{} and {} have no history in common", core::printable(ours.branch.str()),
                    core::printable(theirs.branch.str()));
    return {conflict};
  }
  for (const PathConflict& path : path_conflicts(merge)) {
    const std::string* first = touched(ours, path.names);
    const std::string* second = touched(theirs, path.names);
    Conflict conflict;
    conflict.first = {one, first != nullptr ? *first : path.path, {}, 0};
    conflict.second = {other, second != nullptr ? *second : path.path, {}, 0};
    conflict.message = fmt::format("conflict ({})", path.kind);
    conflict.hunks = conflict_hunks(merger.content(merge, path.path));
    if (!conflict.hunks.empty())
      conflict.first.line = conflict.second.line = conflict.hunks.front().line;
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

std::vector<Conflict> both_changed(const MergeSide& ours, const MergeSide& theirs, std::size_t one,
                                   std::size_t other, const std::vector<Conflict>& conflicts) {
  std::vector<Conflict> found;
  for (const core::Change& change : ours.changes) {
    const core::Change* same = find(theirs.changes, change.path);
    if (same == nullptr || (same->new_id == change.new_id && same->new_mode == change.new_mode))
      continue;
    const bool told = std::ranges::any_of(conflicts, [&](const Conflict& conflict) {
      return conflict.first.path == change.path || conflict.second.path == change.path;
    });
    if (told) continue;
    Conflict conflict;
    conflict.kind = ConflictKind::both_changed;
    conflict.blocks = false;
    conflict.first = {one, change.path, {}, 0};
    conflict.second = {other, change.path, {}, 0};
    conflict.message = "changed by both; git can merge it";
    found.push_back(std::move(conflict));
  }
  return found;
}

}  // namespace gs::conflicts
