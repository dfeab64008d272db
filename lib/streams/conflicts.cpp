#include "lib/streams/conflicts.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <tuple>

#include "analyzers/graph_builder.h"
#include "lib/app/full_check.h"
#include "lib/core/text.h"
#include "lib/git/history.h"
#include "lib/streams/clash_next.h"
#include "lib/streams/clash_text.h"
#include "lib/streams/import_waits.h"
#include "lib/streams/merge_code.h"
#include "lib/streams/merge_half.h"
#include "lib/streams/merged_tree.h"
#include "lib/streams/side_authors.h"

namespace gs::streams {

namespace {

std::vector<std::string> undecided_of(const PairMerge& merge) {
  std::vector<std::string> paths;
  for (const git::UnmergedEntry& entry : merge.unmerged) paths.push_back(entry.path);
  return paths;
}

// The integration branch as a side of a merge with one that left it there.
MergeSide since(const git::Repository& repository, const MergeSide& integration,
                const core::ObjectId& base) {
  MergeSide side = integration;
  side.base = base;
  side.changes = git::changes_between(repository, base, side.tip);
  return side;
}

std::vector<Clash> step_clashes(app::Session& session, app::BlobKnowledge& knowledge,
                                const MergeSide& before, const MergeSide& next, std::size_t number,
                                const core::ObjectId& merge) {
  const MergeSide so_far = since(session.repository(), before, next.base);
  MergeHalf ours(session, knowledge, so_far, 0), theirs(session, knowledge, next, number);
  if (!meet(ours, theirs)) return {};
  TreeView view(session, knowledge, merge);
  return code_clashes(session, ours, theirs, view, {});
}

class ClashSearch {
 public:
  ClashSearch(app::Session& session, const ConflictOptions& options)
      : session_(session),
        repository_(session.repository()),
        scratch_(repository_),
        knowledge_(repository_) {
    found_.order = merge_order(session, options.streams);
    MergeSides sides = merge_sides(session, found_.order, options.include, scratch_);
    found_.sides = std::move(sides.sides);
    found_.troubles = std::move(sides.troubles);
    merger_ = std::make_unique<PairMerger>(repository_, scratch_, found_.sides.front().tip);
    halves_.resize(found_.sides.size());
    learn_at_once([this](std::size_t i) { return sources_of(found_.sides[i]); });
    for (std::size_t i = 1; i < found_.sides.size(); ++i) halves_[i] = half(found_.sides[i], i);
    learn_at_once([this](std::size_t i) { return halves_[i]->imported_sources(); });
    meets_.assign(found_.sides.size() * found_.sides.size(), false);
  }

  Conflicts run() {
    for (std::size_t i = 1; i < found_.sides.size(); ++i) with_integration(i);
    for (std::size_t i = 1; i < found_.sides.size(); ++i) {
      for (std::size_t j = i + 1; j < found_.sides.size(); ++j) between(*halves_[i], *halves_[j]);
    }
    add_imports();
    const StepJudge judge = [this](const MergeSide& before, std::size_t next,
                                   const core::ObjectId& merge) {
      return judge_step(before, next, merge);
    };
    RehearsalLimits limits;
    for (const PairVerdict& pair : found_.pairs) {
      if (pair.blocking > 0) limits.clashing.emplace(pair.one, pair.other);
    }
    found_.train = rehearse(session_, *merger_, found_.sides, found_.order, judge, limits);
    finish(found_.clashes);
    finish(found_.train.clashes);
    return std::move(found_);
  }

 private:
  // What will be asked of side after side is cheaper to read together.
  template <class Blobs>
  void learn_at_once(const Blobs& blobs_of) {
    std::vector<core::ObjectId> all;
    for (std::size_t i = 1; i < found_.sides.size(); ++i) {
      for (const core::ObjectId& blob : blobs_of(i)) all.push_back(blob);
    }
    knowledge_.learn(all);
  }

  std::unique_ptr<MergeHalf> half(const MergeSide& side, std::size_t number) {
    return std::make_unique<MergeHalf>(session_, knowledge_, side, number);
  }

  void with_integration(std::size_t number) {
    const MergeSide& side = found_.sides[number];
    if (side.base == found_.sides.front().tip) return;
    const MergeSide into = since(repository_, found_.sides.front(), side.base);
    const auto ours = half(into, 0);
    between(*ours, *halves_[number]);
  }

  void between(MergeHalf& ours, MergeHalf& theirs) {
    const MergeSide& one = ours.side();
    const MergeSide& other = theirs.side();
    const PairMerge merge = merger_->merge(one, other);
    std::vector<Clash> clashes =
        text_clashes(*merger_, merge, one, other, ours.number(), theirs.number());
    if (ours.number() != 0) erase_of_integration(clashes, ours, theirs);
    const bool meeting = !merge.unrelated && meet(ours, theirs);
    meets_[ours.number() * found_.sides.size() + theirs.number()] = meeting;
    if (meeting) {
      const auto view = merged_view(one, other, merge);
      append(clashes, code_clashes(session_, ours, theirs, *view, undecided_of(merge)));
    }
    if (!merge.unrelated) append(clashes, circles(ours, theirs));
    if (!merge.unrelated)
      append(clashes, both_changed(one, other, ours.number(), theirs.number(), clashes));
    PairVerdict verdict{ours.number(), theirs.number(), 0, 0, merge.by_git};
    for (const Clash& clash : clashes) ++(clash.blocks ? verdict.blocking : verdict.notes);
    found_.pairs.push_back(verdict);
    append(found_.clashes, std::move(clashes));
  }

  // Where one of two streams has not changed the path, but left from an older integration branch,
  // it is the integration branch that the other clashes with: said there.
  void erase_of_integration(std::vector<Clash>& clashes, MergeHalf& ours, MergeHalf& theirs) {
    std::erase_if(clashes, [&](const Clash& clash) {
      return !clash.first.path.empty() &&
             (!ours.changed(clash.first.path) || !theirs.changed(clash.second.path));
    });
  }

  std::unique_ptr<TreeView> merged_view(const MergeSide& one, const MergeSide& other,
                                        const PairMerge& merge) {
    if (!merge.tree) return std::make_unique<TreeView>(session_, knowledge_, one.tip, merge.laid);
    return std::make_unique<TreeView>(session_, knowledge_, merger_->commit(one, other, merge));
  }

  std::vector<Clash> circles(MergeHalf& ours, MergeHalf& theirs) {
    if (ours.new_tops().empty() || theirs.new_tops().empty()) return {};
    if (!graph_) {
      app::Survey survey = app::Survey::of_commit(repository_, found_.sides.front().tip);
      graph_ = app::graph_of(session_, survey).graph;
    }
    return circle_clashes(ours, theirs, *graph_);
  }

  static void append(std::vector<Clash>& to, std::vector<Clash> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  // Streams that met none of those before them bring nothing that could break.
  std::vector<Clash> judge_step(const MergeSide& before, std::size_t number,
                                const core::ObjectId& merge) {
    const std::size_t count = found_.sides.size();
    bool any = false;
    for (std::size_t i = 0; i < count; ++i)
      any = any || meets_[i * count + number] || meets_[number * count + i];
    if (!any) return {};
    return step_clashes(session_, knowledge_, before, found_.sides[number], number, merge);
  }

  void add_imports() {
    std::vector<StreamWork> works;
    for (std::size_t i = 1; i < found_.sides.size(); ++i) {
      const MergeSide& side = found_.sides[i];
      works.push_back({side.branch, side.tip, side.base, side.changes});
    }
    for (const ImportWait& wait : import_waits(session_, works)) {
      const std::size_t first = wait.stream + 1, second = wait.on + 1;
      TreeView& there = halves_[second]->view();
      Clash clash;
      clash.kind = ClashKind::imports;
      clash.blocks = false;
      clash.first = {first, wait.path, {}, wait.line};
      clash.second = {second, there.modules.found(there.modules.find(wait.module)).path, {}, 0};
      clash.message = fmt::format("imports {}, {} by {}", core::printable(wait.module),
                                  made_name(wait.made), found_.sides[second].title());
      if (wait.type_checking) clash.message += " (for type checking only)";
      const auto pair = std::ranges::find_if(found_.pairs, [&](const PairVerdict& verdict) {
        return verdict.one == std::min(first, second) && verdict.other == std::max(first, second);
      });
      if (pair != found_.pairs.end()) ++pair->notes;
      found_.clashes.push_back(std::move(clash));
    }
  }

  void finish(std::vector<Clash>& clashes) {
    name_authors(session_, found_.sides, clashes);
    for (Clash& clash : clashes) {
      if (clash.next.empty()) clash.next = next_step(clash, found_.sides, found_.order.into);
    }
    std::ranges::stable_sort(clashes, {}, [](const Clash& clash) {
      return std::tuple(!clash.blocks, std::min(clash.first.side, clash.second.side),
                        std::max(clash.first.side, clash.second.side), clash.kind);
    });
  }

  app::Session& session_;
  const git::Repository& repository_;
  git::ScratchObjects scratch_;
  app::BlobKnowledge knowledge_;
  std::unique_ptr<PairMerger> merger_;
  Conflicts found_;
  std::vector<std::unique_ptr<MergeHalf>> halves_;
  std::vector<bool> meets_;
  std::optional<analyzers::ImportGraph> graph_;
};

}  // namespace

Conflicts find_conflicts(app::Session& session, const ConflictOptions& options) {
  return ClashSearch(session, options).run();
}

namespace {

ClashKind kind_of(const core::Finding& finding) {
  if (finding.rule == core::Rule::layer) return ClashKind::layer;
  if (finding.message.starts_with("calls ")) return ClashKind::interface;
  return finding.message.starts_with("imports go in a circle") ? ClashKind::circle
                                                               : ClashKind::broken_import;
}

// The whole merged tree, as `git stream merge` judges it; with both places where they are known.
std::vector<Clash> whole_step(app::Session& session, app::BlobKnowledge& knowledge,
                              const git::ScratchObjects& scratch, const MergeSide& before,
                              const MergeSide& next, std::size_t number,
                              const core::ObjectId& merge) {
  std::vector<Clash> clashes = step_clashes(session, knowledge, before, next, number, merge);
  for (const core::Finding& finding :
       judge_merged(session, before.tip, merge, scratch.variables())) {
    const bool known = std::ranges::any_of(clashes, [&](const Clash& clash) {
      return clash.first.path == finding.path && clash.first.line == finding.line &&
             finding.message.starts_with(clash.message);
    });
    if (known) continue;
    Clash clash;
    clash.kind = kind_of(finding);
    clash.blocks = finding.severity == core::Severity::block;
    clash.first = clash.second = {number, finding.path, {}, finding.line};
    clash.message = finding.message;
    clash.next = finding.hint;
    clashes.push_back(std::move(clash));
  }
  return clashes;
}

}  // namespace

RehearsedOrder rehearse_order(app::Session& session, const MergeOrder& order) {
  git::ScratchObjects scratch(session.repository());
  app::BlobKnowledge knowledge(session.repository());
  RehearsedOrder rehearsed;
  rehearsed.sides = merge_sides(session, order, Include::committed, scratch).sides;
  PairMerger merger(session.repository(), scratch, rehearsed.sides.front().tip);
  const StepJudge judge = [&](const MergeSide& before, std::size_t number,
                              const core::ObjectId& merge) {
    return whole_step(session, knowledge, scratch, before, rehearsed.sides[number], number, merge);
  };
  rehearsed.train = rehearse(session, merger, rehearsed.sides, order, judge);
  name_authors(session, rehearsed.sides, rehearsed.train.clashes);
  return rehearsed;
}

}  // namespace gs::streams
