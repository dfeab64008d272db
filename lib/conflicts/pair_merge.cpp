#include "lib/conflicts/pair_merge.h"

#include <algorithm>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <set>

#include "lib/conflicts/merge_cache.h"
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

namespace {

bool is_added(const core::Change& change) {
  return change.old_mode == core::mode::none;
}

bool is_removed(const core::Change& change) {
  return change.new_mode == core::mode::none;
}

}  // namespace

// Only what the other side has changed too is known by two names: most merges need not be asked.
git::Renames PairMerger::renames(const core::ObjectId& base, const core::ObjectId& tip,
                                 const core::ChangeSet& changes,
                                 const core::ChangeSet& others) const {
  const bool both = std::ranges::any_of(changes, [&](const core::Change& change) {
    return is_removed(change) && core::change_at(others, change.path) != nullptr;
  });
  if (!both || std::ranges::none_of(changes, is_added)) return {};
  return git::renames_between(repository_.layout(), base, tip, scratch_.variables());
}

PairMerge PairMerger::merge_by_git(const core::ObjectId& ours, const core::ObjectId& theirs) {
  if (!folder_) folder_ = std::make_unique<AttributesFolder>(repository_, integration_);
  git::TreeMerge made =
      git::merge_trees(repository_.layout(), ours, theirs, folder_->path(), scratch_.variables());
  PairMerge merge;
  merge.by_git = true;
  merge.clean = made.clean;
  merge.tree = made.tree;
  merge.unmerged = std::move(made.unmerged);
  merge.messages = std::move(made.messages);
  return merge;
}

PairMerge PairMerger::merge(const MergeSide& ours, const MergeSide& theirs) {
  const std::pair key(Tip(ours.tip, ours.branch), Tip(theirs.tip, theirs.branch));
  const auto known = made_.find(key);
  return known != made_.end() ? known->second
                              : made_.emplace(key, make(ours, theirs)).first->second;
}

PairMerge PairMerger::make(const MergeSide& ours, const MergeSide& theirs) {
  PairMerge merge;
  const std::vector<core::ObjectId> bases = git::merge_bases(repository_, ours.tip, theirs.tip);
  if (bases.empty()) {
    merge.unrelated = true;
    return merge;
  }
  const core::ObjectId& base = bases.front();
  const auto changes = [&](const MergeSide& side) {
    return base == side.base ? side.changes : git::changes_between(repository_, base, side.tip);
  };
  const core::ChangeSet one = changes(ours), other = changes(theirs);
  if (auto merged = bases.size() == 1 ? git::trivial_merge(one, other) : std::nullopt) {
    merge.changes = std::move(*merged);
    return merge;
  }
  if (!cache_) cache_ = std::make_unique<MergeCache>(repository_, scratch_, integration_);
  if (auto known = cache_->find(ours.tip, theirs.tip)) {
    merge = std::move(*known);
  } else {
    merge = merge_by_git(ours.tip, theirs.tip);
    merge.renamed_by_ours = renames(base, ours.tip, one, other);
    merge.renamed_by_theirs = renames(base, theirs.tip, other, one);
    cache_->keep(ours.tip, theirs.tip, merge);
  }
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
  constexpr std::string_view kStart = "CONFLICT";
  if (!message.type.starts_with(kStart)) return std::nullopt;
  const std::string& named = message.text.starts_with(kStart) ? message.text : message.type;
  // "CONFLICT(directory rename unclear split)" is a type of git 2.39, without the blank.
  const std::size_t begin = named.find('(') + 1;
  return named.substr(begin, named.find(')') - begin);
}

namespace {

// All that git says of one path.
PathConflict path_conflict(const std::string& path,
                           const std::vector<git::MergeMessage>& messages) {
  PathConflict conflict{path, "unmerged", "git could not decide", {path}};
  const git::MergeMessage* said = nullptr;
  for (const git::MergeMessage& message : messages) {
    const std::vector<std::string>& paths = message.paths;
    const auto kind = conflict_kind(message);
    if (!kind || std::ranges::find(paths, path) == paths.end()) continue;
    conflict.names.insert(conflict.names.end(), paths.begin(), paths.end());
    // What it says of this path in the first place counts more than what names it besides.
    if (said != nullptr && (said->paths.front() == path || paths.front() != path)) continue;
    said = &message;
    conflict.kind = *kind;
    conflict.text = message.text;
  }
  return conflict;
}

}  // namespace

std::vector<PathConflict> path_conflicts(const std::vector<git::UnmergedEntry>& unmerged,
                                         const std::vector<git::MergeMessage>& messages) {
  std::set<std::string> undecided, all;
  for (const git::UnmergedEntry& entry : unmerged) undecided.insert(entry.path);
  all = undecided;
  for (const git::MergeMessage& message : messages) {
    const bool known = std::ranges::any_of(
        message.paths, [&](const auto& path) { return undecided.contains(path); });
    if (!known && !message.paths.empty() && conflict_kind(message))
      all.insert(message.paths.front());
  }
  std::vector<PathConflict> conflicts;
  for (const std::string& path : all) conflicts.push_back(path_conflict(path, messages));
  return conflicts;
}

namespace {

// Whether a side has changed the path, or anything below it.
const std::string* touched(const MergeSide& side, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (const core::Change* change = core::change_at(side.changes, name)) return &change->path;
    const auto below = std::ranges::lower_bound(side.changes, name + "/", {}, &core::Change::path);
    if (below != side.changes.end() && below->path.starts_with(name + "/")) return &below->path;
  }
  return nullptr;
}

// A side's place in a conflict; the other side may have renamed what this one has changed.
ConflictPlace place_in(const PathConflict& conflict, const MergeSide& side, std::size_t number,
                       const git::Renames& by_other) {
  std::vector<std::string> names = conflict.names;
  for (const auto& [from, to] : by_other) {
    if (std::ranges::find(conflict.names, to) != conflict.names.end()) names.push_back(from);
  }
  ConflictPlace place{number, conflict.path, {}, 0};
  const std::string* own = touched(side, names);
  if (own != nullptr && *own != conflict.path) place.own_path = *own;
  return place;
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
  if (merge.clean) return conflicts;
  for (const PathConflict& path : path_conflicts(merge.unmerged, merge.messages)) {
    Conflict conflict;
    conflict.first = place_in(path, ours, one, merge.renamed_by_theirs);
    conflict.second = place_in(path, theirs, other, merge.renamed_by_ours);
    conflict.message = fmt::format("conflict ({})", path.kind);
    conflict.hunks = conflict_hunks(merger.content(merge, path.path));
    if (!conflict.hunks.empty())
      conflict.first.line = conflict.second.line = conflict.hunks.front().line;
    conflicts.push_back(std::move(conflict));
  }
  if (conflicts.empty()) {
    Conflict& conflict = conflicts.emplace_back();
    conflict.first.side = one;
    conflict.second.side = other;
    conflict.message = "git cannot merge them";
  }
  return conflicts;
}

}  // namespace gs::conflicts
