#include "lib/conflicts/merge_analysis.h"

#include <algorithm>

#include "lib/conflicts/breakage/merge_breakage.h"
#include "lib/core/serialize.h"
#include "lib/gates/tree_check.h"
#include "lib/git/refs/history.h"

namespace gs::core {

template <>
inline constexpr std::uint64_t kValues<conflicts::ConflictKind> =
    static_cast<std::uint64_t>(conflicts::ConflictKind::imports) + 1;

}  // namespace gs::core

namespace gs::conflicts {

namespace {

// Its number counts up whenever a merge of the same commits may come to something else.
constexpr char kAnalysisKind[] = "pair 7";

}  // namespace

static void each(auto& visit, core::Is<ConflictPlace> auto& place) {
  visit(place.side, place.path, place.who, place.line, place.own_path);
}
static void each(auto& visit, core::Is<ConflictHunk> auto& hunk) {
  visit(hunk.line, hunk.ours, hunk.theirs);
}
static void each(auto& visit, core::Is<Conflict> auto& conflict) {
  visit(conflict.kind, conflict.blocks, conflict.first, conflict.second, conflict.message,
        conflict.next, conflict.hunks);
}
static void each(auto& visit, core::Is<PairAnalysis> auto& analysis) {
  visit(analysis.related, analysis.new_tops, analysis.conflicts);
}

std::string serialize(const PairAnalysis& analysis) {
  return core::serialized(analysis);
}

std::optional<PairAnalysis> deserialize_analysis(std::string_view bytes) {
  auto analysis = core::deserialized<PairAnalysis>(bytes);
  const auto known = [](const Conflict& conflict) {
    return conflict.first.side <= kTheirs && conflict.second.side <= kTheirs;
  };
  if (analysis && !std::ranges::all_of(analysis->conflicts, known)) return std::nullopt;
  return analysis;
}

std::string merge_key(const PairMerge& merge) {
  if (!merge.tree) return "clean";
  std::string key = merge.tree->hex();
  for (const git::UnmergedEntry& entry : merge.unmerged) key += entry.path + '\0';
  return key;
}

core::ObjectId AnalysisCache::key(const std::vector<core::ObjectId>& commits,
                                  const std::string& more) const {
  return results_.key(kAnalysisKind, commits, more);
}

std::optional<PairAnalysis> AnalysisCache::find(const core::ObjectId& key) {
  const auto known = results_.find(key);
  return known ? deserialize_analysis(*known) : std::nullopt;
}

void AnalysisCache::keep(const core::ObjectId& key, const PairAnalysis& analysis) {
  results_.keep(key, serialize(analysis));
}

namespace {

std::vector<Conflict> relative(std::vector<Conflict> conflicts, std::size_t ours) {
  for (Conflict& conflict : conflicts) {
    for (ConflictPlace* place : {&conflict.first, &conflict.second})
      place->side = place->side == ours ? kOurs : kTheirs;
  }
  return conflicts;
}

std::vector<Conflict> numbered(std::vector<Conflict> conflicts, std::size_t ours,
                               std::size_t theirs) {
  for (Conflict& conflict : conflicts) {
    for (ConflictPlace* place : {&conflict.first, &conflict.second})
      place->side = place->side == kOurs ? ours : theirs;
  }
  return conflicts;
}

std::vector<std::string> undecided_of(const PairMerge& merge) {
  std::vector<std::string> paths;
  for (const git::UnmergedEntry& entry : merge.unmerged) paths.push_back(entry.path);
  return paths;
}

}  // namespace

MergeSide since(const git::Repository& repository, const MergeSide& integration,
                const core::ObjectId& base) {
  MergeSide side = integration;
  side.base = base;
  side.changes = git::changes_between(repository, base, side.tip);
  return side;
}

MergeAnalysis::MergeAnalysis(session::Session& session, facts::BlobKnowledge& knowledge,
                             PairMerger& merger, const std::vector<MergeSide>& sides)
    : session_(session), knowledge_(knowledge), merger_(merger), cache_(session) {
  for (std::size_t i = 0; i < sides.size(); ++i) codes_.push_back({sides[i], i, nullptr});
}

// What will be asked of side after side is cheaper to read together.
template <class Blobs>
void MergeAnalysis::learn_together(const Blobs& blobs_of) {
  std::vector<core::ObjectId> all;
  for (std::size_t i = 1; i < codes_.size(); ++i) {
    for (const core::ObjectId& blob : blobs_of(codes_[i])) all.push_back(blob);
  }
  knowledge_.learn(all);
}

void MergeAnalysis::index_all() {
  if (std::exchange(indexed_, true)) return;
  learn_together([](const SideCode& code) { return sources_of(code.side); });
  for (std::size_t i = 1; i < codes_.size(); ++i) {
    codes_[i].index =
        std::make_unique<SideIndex>(session_, knowledge_, codes_[i].side, codes_[i].number);
  }
  learn_together([](const SideCode& code) { return code.index->imported_sources(); });
}

SideIndex& MergeAnalysis::index(SideCode& code) {
  index_all();
  if (!code.index)
    code.index = std::make_unique<SideIndex>(session_, knowledge_, code.side, code.number);
  return *code.index;
}

std::unique_ptr<TreeView> MergeAnalysis::merged_view(const MergeSide& one, const MergeSide& other,
                                                     const PairMerge& merge) {
  if (!merge.tree) return std::make_unique<TreeView>(session_, knowledge_, one.tip, merge.changes);
  return std::make_unique<TreeView>(session_, knowledge_, merger_.commit(one, other, merge));
}

template <class Analyse>
PairAnalysis MergeAnalysis::cached(const core::ObjectId& key, const Analyse& analyse) {
  if (auto known = cache_.find(key)) return std::move(*known);
  PairAnalysis analysis = analyse();
  cache_.keep(key, analysis);
  return analysis;
}

PairAnalysis MergeAnalysis::between(SideCode& ours, SideCode& theirs, const PairMerge& merge) {
  const MergeSide &one = ours.side, &other = theirs.side;
  const core::ObjectId key =
      cache_.key({one.base, one.tip, other.base, other.tip}, merge_key(merge));
  PairAnalysis analysis = cached(key, [&] {
    SideIndex &our_index = index(ours), &their_index = index(theirs);
    PairAnalysis found;
    found.related = related(our_index, their_index);
    if (found.related) {
      const auto view = merged_view(one, other, merge);
      found.conflicts =
          relative(code_conflicts({session_, our_index, their_index, *view, undecided_of(merge),
                                   merge.renamed_by_ours, merge.renamed_by_theirs}),
                   ours.number);
    }
    found.new_tops = !our_index.new_tops().empty() && !their_index.new_tops().empty();
    return found;
  });
  analysis.conflicts = numbered(std::move(analysis.conflicts), ours.number, theirs.number);
  return analysis;
}

std::vector<Conflict> MergeAnalysis::circles(SideCode& ours, SideCode& theirs,
                                             const PairAnalysis& analysis) {
  if (!analysis.new_tops) return {};
  const core::ObjectId& tip = codes_.front().side.tip;
  const core::ObjectId key = cache_.key(
      {ours.side.base, ours.side.tip, theirs.side.base, theirs.side.tip, tip}, "circles");
  PairAnalysis closed = cached(key, [&] {
    if (!graph_) {
      facts::TreeImports tree_imports = facts::TreeImports::of_commit(session_.repository(), tip);
      graph_ = gates::graph_of(session_, tree_imports).graph;
    }
    PairAnalysis found;
    found.conflicts = relative(circle_conflicts(index(ours), index(theirs), *graph_), ours.number);
    return found;
  });
  return numbered(std::move(closed.conflicts), ours.number, theirs.number);
}

std::vector<Conflict> MergeAnalysis::at_step(const MergeSide& before, std::size_t number,
                                             const core::ObjectId& merge) {
  const MergeSide& next = codes_[number].side;
  const core::ObjectId key = cache_.key({before.tip, next.base, next.tip, merge}, "step");
  PairAnalysis analysis = cached(key, [&] {
    const MergeSide so_far = since(session_.repository(), before, next.base);
    SideIndex ours(session_, knowledge_, so_far, 0);
    SideIndex& theirs = index(codes_[number]);
    PairAnalysis found;
    found.related = related(ours, theirs);
    if (found.related) {
      TreeView view(session_, knowledge_, merge);
      found.conflicts = relative(code_conflicts({session_, ours, theirs, view, {}}), 0);
    }
    return found;
  });
  return numbered(std::move(analysis.conflicts), 0, number);
}

}  // namespace gs::conflicts
