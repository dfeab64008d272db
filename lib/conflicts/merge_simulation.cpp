#include "lib/conflicts/merge_simulation.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "lib/git/refs/history.h"

namespace gs::conflicts {

namespace {

using Numbers = std::vector<std::size_t>;
using NumberSet = std::set<std::size_t>;

// All that was merged so far, as one side of the next merge.
struct StepResult {
  std::optional<MergedSoFar> merged;  // none: it cannot be merged
  std::vector<Conflict> conflicts;    // that block it
  std::vector<Conflict> circles = {};
};

MergedSoFar nothing_merged(const std::vector<MergeSide>& sides) {
  MergedSoFar start{sides.front(), {}};
  start.side.base = start.side.tip;
  start.side.changes.clear();
  return start;
}

// The numbers of a stream's sides.
NumberSet numbers_of(const std::vector<MergeSide>& sides, const core::StreamId& id) {
  NumberSet numbers;
  for (std::size_t i = 1; i < sides.size(); ++i) {
    if (sides[i].stream == id) numbers.insert(i);
  }
  return numbers;
}

// For each side those that must be merged before it.
std::map<std::size_t, NumberSet> required_before(const std::vector<MergeSide>& sides,
                                                 const MergeOrder& order) {
  std::map<std::size_t, NumberSet> required;
  for (const OrderedStream& stream : order.streams) {
    const NumberSet numbers = numbers_of(sides, stream.id);
    for (const OrderReason& reason : stream.reasons) {
      if (reason.why == Why::imports || reason.why == Why::type_checking) continue;
      for (const std::size_t number : numbers) required[number].merge(numbers_of(sides, reason.on));
    }
    for (const OrderedBranch& branch : stream.branches) {
      for (const std::size_t number : numbers) {
        const auto& after = branch.after;
        for (const std::size_t on : numbers) {
          if (sides[number].branch == branch.branch.name &&
              std::ranges::find(after, sides[on].branch) != after.end())
            required[number].insert(on);
        }
      }
    }
  }
  return required;
}

StepResult merge_next(const SimulationInput& input, const MergedSoFar& before, std::size_t number) {
  const MergeSide& next = input.sides[number];
  const PairMerge merge = input.merger.merge(before.side, next);
  if (!merge.clean || merge.unrelated) {
    StepResult result{{}, text_conflicts(input.merger, merge, before.side, next, 0, number)};
    if (!result.conflicts.empty()) return result;
  }
  const core::ObjectId commit = input.merger.commit(before.side, next, merge);
  StepResult result{{}, input.judge(before, number, commit)};
  std::ranges::copy_if(
      result.conflicts, std::back_inserter(result.circles),
      [](const Conflict& conflict) { return conflict.kind == ConflictKind::circle; });
  std::erase_if(result.conflicts, [](const Conflict& conflict) { return !conflict.blocks; });
  if (!result.conflicts.empty()) return result;
  result.merged = before;
  result.merged->numbers.insert(number);
  MergeSide& side = result.merged->side;
  side.head = side.tip = commit;
  side.base = input.sides.front().tip;
  side.changes = git::changes_between(input.repository, side.base, commit);
  return result;
}

// Of the sides merged before a place in the order the last that has changed the path, one that is
// known to conflict first; 0, the integration branch, where none has.
std::size_t last_to_change(const SimulationInput& input, const Numbers& order, std::size_t place,
                           const std::string& path) {
  std::size_t by = 0;
  bool known = false;
  for (std::size_t i = 0; i < place; ++i) {
    const std::size_t other = order[i];
    const bool conflicts = input.conflicting.contains(std::minmax(other, order[place]));
    if (!input.sides[other].changed(path) || (known && !conflicts)) continue;
    by = other;
    known = conflicts;
  }
  return by;
}

// Conflicts are with all that was merged so far: says for each place which side it comes from.
void name_sides(const SimulationInput& input, const Numbers& order, std::size_t place,
                std::vector<Conflict>& conflicts) {
  const std::size_t number = order[place];
  for (Conflict& conflict : conflicts) {
    for (ConflictPlace* one : {&conflict.first, &conflict.second}) {
      const std::string& path = one->path_on_side();
      if (one->side == number && input.sides[number].changed(path)) continue;
      one->side = last_to_change(input, order, place, path);
    }
  }
}

// The first other side that a conflict names; 0: the integration branch.
std::size_t partner_of(std::size_t number, const std::vector<Conflict>& conflicts) {
  for (const Conflict& conflict : conflicts) {
    for (const ConflictPlace* one : {&conflict.second, &conflict.first}) {
      if (one->side != number && one->side != 0) return one->side;
    }
  }
  return 0;
}

// The search for another order. A stream that cannot follow a set of streams cannot follow it in
// any order of them, so that is tried once for each set.
struct OrderSearch {
  const SimulationInput& input;
  const Numbers& suggested;  // tried in this order where there is a choice
  std::map<std::size_t, NumberSet> required = required_before(input.sides, input.order);
  std::set<std::pair<NumberSet, std::size_t>> impossible = {};
  std::size_t merges = 0;
  bool gave_up = false;
};

// Depth first. Whether `order`, whose streams are `merged`, can be completed; then it is.
bool complete_order(OrderSearch& search, const MergedSoFar& merged, Numbers& order) {
  if (order.size() == search.suggested.size()) return true;
  for (const std::size_t number : search.suggested) {
    const NumberSet& done = merged.numbers;
    if (done.contains(number) || !std::ranges::includes(done, search.required[number])) continue;
    if (search.impossible.contains({done, number})) continue;
    if (search.merges >= search.input.most_merges) {
      search.gave_up = true;
      return false;
    }
    ++search.merges;
    if (const StepResult next = merge_next(search.input, merged, number); next.merged) {
      order.push_back(number);
      if (complete_order(search, *next.merged, order)) return true;
      order.pop_back();
    }
    search.impossible.insert({done, number});
  }
  return false;
}

void find_other_order(const SimulationInput& input, MergeSimulation& result) {
  // Two texts that git cannot merge by themselves are no better for what comes between.
  const auto pair = std::minmax(result.with, result.order[*result.breaks]);
  if (result.conflicts.front().kind == ConflictKind::text && input.conflicting.contains(pair))
    return;
  OrderSearch search{input, result.order};
  Numbers order;
  if (complete_order(search, nothing_merged(input.sides), order)) result.other = std::move(order);
  result.gave_up = search.gave_up;
  result.merges += search.merges;
}

}  // namespace

MergeSimulation simulate_merges(const SimulationInput& input) {
  MergeSimulation result;
  for (std::size_t i = 1; i < input.sides.size(); ++i) result.order.push_back(i);
  MergedSoFar merged = nothing_merged(input.sides);
  for (std::size_t i = 0; i < result.order.size(); ++i) {
    StepResult next = merge_next(input, merged, result.order[i]);
    ++result.merges;
    std::ranges::move(next.circles, std::back_inserter(result.circles));
    if (next.merged) {
      merged = std::move(*next.merged);
      continue;
    }
    name_sides(input, result.order, i, next.conflicts);
    result.breaks = i;
    result.with = partner_of(result.order[i], next.conflicts);
    result.conflicts = std::move(next.conflicts);
    find_other_order(input, result);
    break;
  }
  return result;
}

}  // namespace gs::conflicts
