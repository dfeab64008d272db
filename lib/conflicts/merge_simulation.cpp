#include "lib/conflicts/merge_simulation.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/conflicts/pair_merge.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

namespace {

using Numbers = std::vector<std::size_t>;

// All that was merged so far, as one side.
struct Train {
  MergeSide side;
  std::set<std::size_t> in;
};

class Rehearsing {
 public:
  Rehearsing(app::Session& session, PairMerger& merger, const std::vector<MergeSide>& sides,
             const MergeOrder& order, const StepJudge& judge, const RehearsalLimits& limits)
      : session_(session), merger_(merger), sides_(sides), judge_(judge), limits_(limits) {
    for (std::size_t i = 1; i < sides.size(); ++i) result_.order.push_back(i);
    for (const OrderedStream& stream : order.streams) note_needs(stream);
  }

  Rehearsal run() {
    Train train = start();
    for (std::size_t i = 0; i < result_.order.size(); ++i) {
      std::vector<Clash> clashes;
      auto next = step(train, result_.order[i], clashes);
      if (!next) {
        result_.breaks = i;
        result_.clashes = std::move(clashes);
        name_the_pair(i);
        search();
        break;
      }
      train = std::move(*next);
    }
    return std::move(result_);
  }

 private:
  Train start() const {
    Train train{sides_.front(), {}};
    train.side.base = train.side.tip;
    train.side.changes.clear();
    return train;
  }

  std::size_t number_of(const core::StreamId& id) const {
    for (std::size_t i = 1; i < sides_.size(); ++i) {
      if (sides_[i].stream == id) return i;
    }
    return 0;
  }

  // Imports only suggest an order; the rest is not ours to turn round.
  void note_needs(const OrderedStream& stream) {
    const std::size_t number = number_of(stream.id);
    for (const OrderReason& reason : stream.reasons) {
      if (reason.why == Why::imports || reason.why == Why::type_checking) continue;
      if (const std::size_t on = number_of(reason.on)) needs_[number].insert(on);
    }
  }

  std::optional<Train> step(const Train& train, std::size_t number, std::vector<Clash>& clashes) {
    ++result_.merges;
    const MergeSide& next = sides_[number];
    const PairMerge merge = merger_.merge(train.side, next);
    if (!merge.clean || merge.unrelated) {
      clashes = text_clashes(merger_, merge, train.side, next, 0, number);
      if (!clashes.empty()) return std::nullopt;
    }
    const core::ObjectId commit = merger_.commit(train.side, next, merge);
    clashes = judge_(train.side, number, commit);
    std::erase_if(clashes, [](const Clash& clash) { return !clash.blocks; });
    if (!clashes.empty()) return std::nullopt;
    Train grown = train;
    grown.in.insert(number);
    grown.side.head = grown.side.tip = commit;
    grown.side.base = sides_.front().tip;
    grown.side.changes = git::changes_between(session_.repository(), sides_.front().tip, commit);
    return grown;
  }

  // Of those before a place who have changed the path: the last; one that is known to clash first.
  std::size_t brought_by(const std::string& path, std::size_t place) const {
    const std::size_t number = result_.order[place];
    std::size_t by = 0;
    bool known = false;
    for (std::size_t i = 0; i < place; ++i) {
      const std::size_t other = result_.order[i];
      const bool clashes = limits_.clashing.contains(std::minmax(other, number));
      if (!sides_[other].changed(path) || (known && !clashes)) continue;
      by = other;
      known = clashes;
    }
    return by;
  }

  // The last before the one that breaks to have changed what it clashes with; else the integration
  // branch. Places of the train become places of those that brought them.
  void name_the_pair(std::size_t place) {
    const std::size_t number = result_.order[place];
    for (Clash& clash : result_.clashes) {
      for (ClashPlace* one : {&clash.first, &clash.second}) {
        if (one->side == number && sides_[number].changed(one->path)) continue;
        one->side = brought_by(one->path, place);
      }
    }
    for (const Clash& clash : result_.clashes) {
      for (const ClashPlace* one : {&clash.second, &clash.first}) {
        if (result_.with == 0 && one->side != number) result_.with = one->side;
      }
    }
  }

  // Depth first, in the suggested order where there is a choice. What cannot follow a set of
  // streams cannot follow it in any order.
  void search() {
    // Two texts that git cannot merge by themselves are no better for what comes between.
    const auto pair = std::minmax(result_.with, result_.order[*result_.breaks]);
    if (result_.clashes.front().kind == ClashKind::conflict && limits_.clashing.contains(pair))
      return;
    const std::size_t before = result_.merges;
    Numbers order;
    if (extend(start(), order, before)) result_.other = std::move(order);
  }

  bool extend(const Train& train, Numbers& order, std::size_t before) {
    if (order.size() == result_.order.size()) return true;
    for (const std::size_t number : result_.order) {
      if (train.in.contains(number) || !std::ranges::includes(train.in, needs_[number])) continue;
      if (dead_.contains({train.in, number})) continue;
      if (result_.merges - before >= limits_.merges) {
        result_.gave_up = true;
        return false;
      }
      std::vector<Clash> ignored;
      const auto next = step(train, number, ignored);
      if (next) {
        order.push_back(number);
        if (extend(*next, order, before)) return true;
        order.pop_back();
      }
      dead_.insert({train.in, number});
    }
    return false;
  }

  app::Session& session_;
  PairMerger& merger_;
  const std::vector<MergeSide>& sides_;
  const StepJudge& judge_;
  const RehearsalLimits limits_;
  std::map<std::size_t, std::set<std::size_t>> needs_;
  std::set<std::pair<std::set<std::size_t>, std::size_t>> dead_;
  Rehearsal result_;
};

}  // namespace

Rehearsal rehearse(app::Session& session, PairMerger& merger, const std::vector<MergeSide>& sides,
                   const MergeOrder& order, const StepJudge& judge, const RehearsalLimits& limits) {
  return Rehearsing(session, merger, sides, order, judge, limits).run();
}

}  // namespace gs::streams
