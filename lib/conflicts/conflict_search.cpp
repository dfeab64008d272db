#include "lib/conflicts/conflict_search.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <tuple>

#include "analyzers/graph_builder.h"
#include "lib/app/full_check.h"
#include "lib/conflicts/conflict.h"
#include "lib/conflicts/merge_analysis.h"
#include "lib/conflicts/merged_tree.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/pair_merge.h"
#include "lib/conflicts/path_authors.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

namespace {

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
    meetings_ = std::make_unique<Meetings>(session, knowledge_, *merger_, found_.sides);
    meets_.assign(found_.sides.size() * found_.sides.size(), false);
  }

  Conflicts run() {
    for (std::size_t i = 1; i < found_.sides.size(); ++i) with_integration(i);
    for (std::size_t i = 1; i < found_.sides.size(); ++i) {
      for (std::size_t j = i + 1; j < found_.sides.size(); ++j)
        between(meetings_->of(i), meetings_->of(j));
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
  void with_integration(std::size_t number) {
    const MergeSide& side = found_.sides[number];
    if (side.base == found_.sides.front().tip) return;
    const MergeSide into = since(repository_, found_.sides.front(), side.base);
    SideCode ours{into, 0, nullptr};
    between(ours, meetings_->of(number));
  }

  void between(SideCode& ours, SideCode& theirs) {
    const MergeSide& one = ours.side;
    const MergeSide& other = theirs.side;
    const PairMerge merge = merger_->merge(one, other);
    std::vector<Clash> clashes =
        text_clashes(*merger_, merge, one, other, ours.number, theirs.number);
    if (ours.number != 0) erase_of_integration(clashes, one, other);
    if (!merge.unrelated) {
      Meeting meeting = meetings_->between(ours, theirs, merge);
      meets_[ours.number * found_.sides.size() + theirs.number] = meeting.meet;
      append(clashes, std::move(meeting.clashes));
      append(clashes, meetings_->circles(ours, theirs, meeting));
      append(clashes, both_changed(one, other, ours.number, theirs.number, clashes));
    }
    PairVerdict verdict{ours.number, theirs.number, 0, 0, merge.by_git};
    for (const Clash& clash : clashes) ++(clash.blocks ? verdict.blocking : verdict.notes);
    found_.pairs.push_back(verdict);
    append(found_.clashes, std::move(clashes));
  }

  // Where one of two streams has not changed the path, but left from an older integration branch,
  // it is the integration branch that the other clashes with: said there.
  static void erase_of_integration(std::vector<Clash>& clashes, const MergeSide& ours,
                                   const MergeSide& theirs) {
    std::erase_if(clashes, [&](const Clash& clash) {
      return !clash.first.path.empty() &&
             (!ours.changed(clash.first.path) || !theirs.changed(clash.second.path));
    });
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
    return meetings_->at_step(before, number, merge);
  }

  std::size_t side_of(const core::StreamId& stream) const {
    const auto at = std::ranges::find(found_.sides, stream, &MergeSide::stream);
    return static_cast<std::size_t>(at - found_.sides.begin());
  }

  // With their sides' numbers. The order knows them, but for what is not committed.
  std::vector<ImportWait> waits() {
    const auto& sides = found_.sides;
    if (!std::ranges::all_of(sides, [](const auto& side) { return side.tip == side.head; })) {
      std::vector<StreamWork> works;
      for (const MergeSide& side : sides)
        works.push_back({side.branch, side.tip, side.base, side.changes});
      works.front().changes.clear();  // of the integration branch
      return import_waits(session_, works);
    }
    std::vector<ImportWait> waits;
    for (const StreamImport& import : found_.order.imports) {
      ImportWait& wait = waits.emplace_back(import.wait);
      wait.stream = side_of(import.stream);
      wait.on = side_of(import.on);
    }
    std::erase_if(waits, [&](const ImportWait& wait) {
      return std::max(wait.stream, wait.on) >= sides.size();
    });
    std::ranges::sort(waits, {}, [](const ImportWait& wait) {
      return std::tie(wait.stream, wait.path, wait.line, wait.module, wait.on);
    });
    return waits;
  }

  void add_imports() {
    for (const ImportWait& wait : waits()) {
      Clash clash;
      clash.kind = ClashKind::imports;
      clash.blocks = false;
      clash.first = {wait.stream, wait.path, {}, wait.line};
      clash.second = {wait.on, wait.file, {}, 0};
      clash.message = fmt::format("imports {}, {} by {}", core::printable(wait.module),
                                  made_name(wait.made), found_.sides[wait.on].title());
      if (wait.type_checking) clash.message += " (for type checking only)";
      const auto pair = std::ranges::find_if(found_.pairs, [&](const PairVerdict& verdict) {
        return verdict.one == std::min(wait.stream, wait.on) &&
               verdict.other == std::max(wait.stream, wait.on);
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
  std::unique_ptr<Meetings> meetings_;
  std::vector<bool> meets_;
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
std::vector<Clash> whole_step(app::Session& session, Meetings& meetings,
                              const git::ScratchObjects& scratch, const MergeSide& before,
                              std::size_t number, const core::ObjectId& merge) {
  std::vector<Clash> clashes = meetings.at_step(before, number, merge);
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
  Meetings meetings(session, knowledge, merger, rehearsed.sides);
  const StepJudge judge = [&](const MergeSide& before, std::size_t number,
                              const core::ObjectId& merge) {
    return whole_step(session, meetings, scratch, before, number, merge);
  };
  rehearsed.train = rehearse(session, merger, rehearsed.sides, order, judge);
  name_authors(session, rehearsed.sides, rehearsed.train.clashes);
  return rehearsed;
}

}  // namespace gs::streams
