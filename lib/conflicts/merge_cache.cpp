#include "lib/conflicts/merge_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/core/serialize.h"
#include "lib/git/merge/merge_inputs.h"

namespace gs::core {

static void each(Encoder& encoder, const ObjectId& id) {
  encoder(std::string(id.raw()));
}

static void each(Decoder& decoder, ObjectId& id) {
  std::string raw;
  decoder(raw);
  for (const ObjectFormat format : {ObjectFormat::sha1, ObjectFormat::sha256}) {
    if (raw.size() == raw_size(format)) return void(id = ObjectId::from_raw(raw, format));
  }
  decoder.fail();
}

static void each(auto& visit, Is<Change> auto& change) {
  visit(change.path, change.old_id, change.new_id, change.old_mode, change.new_mode);
}

}  // namespace gs::core

namespace gs::git {

static void each(auto& visit, core::Is<UnmergedEntry> auto& entry) {
  visit(entry.mode, entry.id, entry.stage, entry.path);
}

static void each(auto& visit, core::Is<MergeMessage> auto& message) {
  visit(message.paths, message.type, message.text);
}

}  // namespace gs::git

namespace gs::conflicts {

using core::Change;
using core::ChangeSet;
using core::ObjectId;

namespace {

// Their numbers count up whenever something else is kept of the same merge.
constexpr char kMergeKind[] = "merge 1", kOwnChangesKind[] = "own changes 1";

struct Rename {
  std::string from, to;
};

struct KeptMerge {
  bool clean = true;
  ObjectId tree;
  ChangeSet changes;                  // from our tree to the merged one
  std::vector<std::string> contents;  // of those files that are not as they have them
  std::vector<git::UnmergedEntry> unmerged;
  std::vector<git::MergeMessage> messages;
  std::vector<Rename> renamed_by_ours, renamed_by_theirs;
};

void each(auto& visit, core::Is<Rename> auto& rename) {
  visit(rename.from, rename.to);
}
void each(auto& visit, core::Is<KeptMerge> auto& merge) {
  visit(merge.clean, merge.tree, merge.changes, merge.contents, merge.unmerged, merge.messages,
        merge.renamed_by_ours, merge.renamed_by_theirs);
}

std::vector<Rename> listed(const git::Renames& renames) {
  std::vector<Rename> list;
  for (const auto& [from, to] : renames) list.push_back({from, to});
  return list;
}

git::Renames renames_of(const std::vector<Rename>& list) {
  git::Renames renames;
  for (const auto& [from, to] : list) renames.emplace(from, to);
  return renames;
}

// Which of two commits of a submodule is the later one, git looks up in the submodule.
bool has_submodules(const KeptMerge& merge) {
  using core::mode::gitlink;
  return std::ranges::any_of(merge.changes,
                             [](const Change& change) {
                               return change.old_mode == gitlink || change.new_mode == gitlink;
                             }) ||
         std::ranges::find(merge.unmerged, gitlink, &git::UnmergedEntry::mode) !=
             merge.unmerged.end();
}

// Nothing where there is more than kMostBytes of it.
std::optional<std::vector<std::string>> contents_of(const git::Repository& repository,
                                                    const ChangeSet& changes,
                                                    const ObjectId& theirs) {
  std::vector<std::string> contents;
  std::size_t bytes = 0;
  for (const Change& change : changes) {
    if (change.new_mode == core::mode::none || git::has_result(repository, theirs, change))
      continue;
    bytes += contents.emplace_back(repository.blob(change.new_id)).size();
    if (bytes > MergeCache::kMostBytes) return std::nullopt;
  }
  return contents;
}

}  // namespace

MergeCache::MergeCache(const git::Repository& repository, git::ScratchObjects& scratch,
                       const ObjectId& integration)
    : repository_(repository),
      scratch_(scratch),
      integration_(integration),
      inputs_(git::merge_trees_inputs(repository)),
      results_(repository.layout(), {}) {}

ObjectId MergeCache::key(const ObjectId& ours, const ObjectId& theirs) const {
  return results_.key(kMergeKind, {ours, theirs, integration_}, *inputs_);
}

std::optional<PairMerge> MergeCache::find(const ObjectId& ours, const ObjectId& theirs) {
  if (!inputs_) return std::nullopt;
  const auto bytes = results_.find(key(ours, theirs));
  auto kept = bytes ? core::deserialized<KeptMerge>(*bytes) : std::nullopt;
  if (!kept) return std::nullopt;
  for (const std::string& content : kept->contents) scratch_.blob(content);
  PairMerge merge;
  merge.by_git = true;
  merge.clean = kept->clean;
  merge.tree = scratch_.tree(scratch_.tree_of(ours), kept->changes);
  if (merge.tree != kept->tree) return std::nullopt;
  merge.unmerged = std::move(kept->unmerged);
  merge.messages = std::move(kept->messages);
  merge.renamed_by_ours = renames_of(kept->renamed_by_ours);
  merge.renamed_by_theirs = renames_of(kept->renamed_by_theirs);
  return merge;
}

void MergeCache::keep(const ObjectId& ours, const ObjectId& theirs, const PairMerge& merge) {
  if (!inputs_) return;
  KeptMerge kept;
  kept.clean = merge.clean;
  kept.tree = *merge.tree;
  kept.changes =
      git::changes_between(repository_, ours, scratch_.commit(*merge.tree, {ours, theirs}));
  kept.unmerged = merge.unmerged;
  kept.messages = merge.messages;
  if (has_submodules(kept)) return;
  auto contents = contents_of(repository_, kept.changes, theirs);
  if (!contents) return;
  kept.contents = std::move(*contents);
  kept.renamed_by_ours = listed(merge.renamed_by_ours);
  kept.renamed_by_theirs = listed(merge.renamed_by_theirs);
  std::string bytes = core::serialized(kept);
  if (kept_ + bytes.size() > kMostBytesARun) return;
  kept_ += bytes.size();
  results_.keep(key(ours, theirs), std::move(bytes));
}

OwnChangesCache::OwnChangesCache(const git::Repository& repository)
    : repository_(repository),
      inputs_(git::own_changes_inputs(repository)),
      results_(repository.layout(), {}) {}

ChangeSet OwnChangesCache::of(const git::Commit& merge) {
  if (!inputs_) return git::changes_of(repository_, merge);
  std::vector<ObjectId> commits = merge.parents;
  commits.push_back(merge.id);
  const ObjectId key = results_.key(kOwnChangesKind, commits, *inputs_);
  if (const auto bytes = results_.find(key)) {
    if (auto known = core::deserialized<ChangeSet>(*bytes)) return std::move(*known);
  }
  ChangeSet changes = git::changes_of(repository_, merge);
  results_.keep(key, core::serialized(changes));
  return changes;
}

}  // namespace gs::conflicts
