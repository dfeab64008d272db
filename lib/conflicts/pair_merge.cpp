#include "lib/conflicts/pair_merge.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <set>

#include "lib/core/text.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

namespace fs = std::filesystem;

MergeFolder::MergeFolder(const git::Repository& repository, const core::ObjectId& commit)
    : folder_(repository.layout()) {
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    if (file != ".gitattributes" || !core::mode::is_regular(entry.mode)) return;
    const fs::path target = folder_.path() / path;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << repository.blob(entry.id);
  });
}

void speak_of_branch(const core::ObjectId& commit, const core::BranchName& branch,
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
    auto laid = git::trivial_merge(changes(ours), changes(theirs));
    if (laid) {
      merge.laid = std::move(*laid);
      return merge;
    }
  }
  if (!folder_) folder_ = std::make_unique<MergeFolder>(repository_, integration_);
  ++asked_;
  git::TreeMerge made = git::merge_trees(repository_.layout(), ours.tip, theirs.tip,
                                         folder_->path(), scratch_.variables());
  merge.by_git = true;
  merge.clean = made.clean;
  merge.tree = made.tree;
  merge.unmerged = std::move(made.unmerged);
  merge.messages = std::move(made.messages);
  for (const MergeSide* side : {&ours, &theirs})
    speak_of_branch(side->tip, side->branch, merge.unmerged, merge.messages);
  return merge;
}

core::ObjectId PairMerger::commit(const MergeSide& ours, const MergeSide& theirs,
                                  const PairMerge& merge) {
  const core::ObjectId tree =
      merge.tree ? *merge.tree : scratch_.tree(scratch_.tree_of(ours.tip), merge.laid);
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
