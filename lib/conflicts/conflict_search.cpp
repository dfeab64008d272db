#include "lib/conflicts/conflict_search.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>
#include <tuple>

#include "lib/conflicts/breakage/merged_tree.h"
#include "lib/conflicts/merge_analysis.h"
#include "lib/conflicts/notes.h"
#include "lib/conflicts/path_authors.h"
#include "lib/conflicts/undone_work.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"

namespace gs::conflicts {

namespace {

using SidePair = std::pair<std::size_t, std::size_t>;  // numbers of sides, in the order of a merge

struct PairResult {
  PairVerdict verdict;
  std::vector<Conflict> conflicts;
  std::optional<std::vector<Conflict>> code;  // of related ones (see PairAnalysis): of these theirs
};

template <class Value>
void append(std::vector<Value>& to, std::vector<Value> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// For each side, the paths at which it conflicts with the integration branch.
using IntegrationConflicts = std::map<std::size_t, std::set<std::string>>;

// Where one of two streams has not changed the path, but left from an older integration branch, it
// is the integration branch that the other conflicts with: where that pair says so, it is enough.
void erase_of_integration(std::vector<Conflict>& conflicts, const SideCode& ours,
                          const SideCode& theirs, const IntegrationConflicts& told) {
  const auto by_integration = [&](const MergeSide& side, const ConflictPlace& place,
                                  std::size_t other) {
    const auto paths = told.find(other);
    return !side.changed(place.path_on_side()) && paths != told.end() &&
           paths->second.contains(place.path);
  };
  std::erase_if(conflicts, [&](const Conflict& conflict) {
    return by_integration(ours.side, conflict.first, theirs.number) ||
           by_integration(theirs.side, conflict.second, ours.number);
  });
}

PairResult check_pair(PairMerger& merger, MergeAnalysis& analysis, SideCode& ours, SideCode& theirs,
                      IntegrationConflicts& told) {
  const MergeSide &one = ours.side, &other = theirs.side;
  const PairMerge merge = merger.merge(one, other);
  PairResult result{{ours.number, theirs.number, 0, 0, merge.by_git}, {}, {}};
  std::vector<Conflict>& conflicts = result.conflicts;
  conflicts = text_conflicts(merger, merge, one, other, ours.number, theirs.number);
  if (ours.number != 0) erase_of_integration(conflicts, ours, theirs, told);
  for (const Conflict& conflict : conflicts) {
    if (ours.number == 0) told[theirs.number].insert(conflict.first.path);
  }
  if (!merge.unrelated) {
    PairAnalysis found = analysis.between(ours, theirs, merge);
    if (found.related) result.code = found.conflicts;
    append(conflicts, std::move(found.conflicts));
    append(conflicts, analysis.circles(ours, theirs, found));
    const std::vector<SharedFile> shared = shared_files(merge, one, other);
    for (const SharedFile& file : shared) result.verdict.both_changed.push_back(file.path);
    append(conflicts, analysis.both_changed(shared, ours.number, theirs.number, conflicts));
  }
  for (const Conflict& conflict : conflicts)
    ++(conflict.blocks ? result.verdict.blocking : result.verdict.notes);
  return result;
}

// Each stream with the integration branch, where it moved since they parted; then each two streams.
std::vector<PairResult> check_pairs(const git::Repository& repository, PairMerger& merger,
                                    MergeAnalysis& analysis, const std::vector<MergeSide>& sides) {
  std::vector<PairResult> results;
  IntegrationConflicts told;
  for (std::size_t i = 1; i < sides.size(); ++i) {
    if (sides[i].base == sides.front().tip) continue;
    const MergeSide into = since(repository, sides.front(), sides[i].base);
    SideCode ours{into, 0, nullptr};
    results.push_back(check_pair(merger, analysis, ours, analysis.side(i), told));
  }
  for (std::size_t i = 1; i < sides.size(); ++i) {
    for (std::size_t j = i + 1; j < sides.size(); ++j)
      results.push_back(check_pair(merger, analysis, analysis.side(i), analysis.side(j), told));
  }
  return results;
}

// The waits of an order, with sides' numbers instead of streams.
std::vector<ImportWait> waits_of_order(const MergeOrder& order,
                                       const std::vector<MergeSide>& sides) {
  const auto side_of = [&](const core::BranchName& branch) {
    return static_cast<std::size_t>(std::ranges::find(sides, branch, &MergeSide::branch) -
                                    sides.begin());
  };
  std::vector<ImportWait> waits;
  for (const StreamImport& import : order.imports) {
    ImportWait& wait = waits.emplace_back(import.wait);
    wait.stream = side_of(import.branch);
    wait.on = side_of(import.on_branch);
  }
  std::erase_if(waits, [&](const ImportWait& wait) {
    return std::max(wait.stream, wait.on) >= sides.size();
  });
  std::ranges::sort(waits, {}, [](const ImportWait& wait) {
    return std::tie(wait.stream, wait.path, wait.line, wait.module, wait.on);
  });
  return waits;
}

// The order knows them, but for what is not committed.
std::vector<ImportWait> waits_between(session::Session& session, const MergeOrder& order,
                                      const std::vector<MergeSide>& sides) {
  if (std::ranges::all_of(sides, [](const auto& side) { return side.tip == side.head; }))
    return waits_of_order(order, sides);
  std::vector<StreamWork> works;
  for (const MergeSide& side : sides)
    works.push_back({side.branch, side.tip, side.base, side.changes});
  works.front().changes.clear();  // of the integration branch
  return import_waits(session, works);
}

void add_imports(session::Session& session, facts::BlobKnowledge& knowledge,
                 ConflictReport& report) {
  const std::vector<ImportWait> waits = waits_between(session, report.order, report.sides);
  for (Conflict& note : import_notes(knowledge, session.repository(), session.policy().python_roots,
                                     report.sides, waits, report.conflicts)) {
    const auto [one, other] = std::minmax(note.first.side, note.second.side);
    for (PairVerdict& pair : report.pairs) {
      if (pair.one == one && pair.other == other) ++pair.notes;
    }
    report.conflicts.push_back(std::move(note));
  }
}

void add_undone(session::Session& session, ConflictReport& report) {
  for (Conflict& conflict : undone_work(session, report.sides)) {
    const std::size_t number = conflict.first.side;
    auto pair = std::ranges::find_if(report.pairs, [&](const PairVerdict& verdict) {
      return verdict.one == 0 && verdict.other == number;
    });
    if (pair == report.pairs.end())
      pair = report.pairs.insert(pair, PairVerdict{0, number, 0, 0, false});
    ++pair->blocking;
    report.conflicts.push_back(std::move(conflict));
  }
}

// Authors, what to do next, and the order in which they are told.
void finish(session::Session& session, const ConflictReport& report,
            std::vector<Conflict>& conflicts) {
  name_authors(session, report.sides, conflicts);
  for (Conflict& conflict : conflicts) {
    if (conflict.next.empty()) conflict.next = next_step(conflict, report.sides, report.order.into);
  }
  std::ranges::stable_sort(conflicts, {}, [](const Conflict& conflict) {
    return std::tuple(!conflict.blocks, std::min(conflict.first.side, conflict.second.side),
                      std::max(conflict.first.side, conflict.second.side), conflict.kind);
  });
}

// What two sides' code comes to that are related.
using RelatedPairs = std::map<SidePair, std::vector<Conflict>>;

// A stream that is related to nothing merged before it breaks nothing, and one that is related to
// one side alone breaks what that pair does.
std::vector<Conflict> judge_step(MergeAnalysis& analysis, const RelatedPairs& related,
                                 const MergedSoFar& before, std::size_t number,
                                 const core::ObjectId& merge) {
  std::vector<const std::vector<Conflict>*> found;
  for (const auto& [pair, conflicts] : related) {
    if (pair.first != number && pair.second != number) continue;
    const std::size_t other = pair.first == number ? pair.second : pair.first;
    if (other == 0 || before.numbers.contains(other)) found.push_back(&conflicts);
  }
  if (found.empty()) return {};
  return found.size() == 1 ? *found.front() : analysis.at_step(before.side, number, merge);
}

Conflict as_conflict(const MergedFinding& found, std::size_t side) {
  const core::Finding& finding = found.finding;
  Conflict conflict;
  conflict.kind = found.kind;
  conflict.blocks = finding.severity == core::Severity::block;
  conflict.first = conflict.second = {side, finding.path, {}, finding.line};
  conflict.message = finding.message;
  conflict.next = finding.hint;
  return conflict;
}

// The whole merged tree, as `git stream merge` judges it; with both places where they are known.
std::vector<Conflict> judge_whole_step(session::Session& session, MergeAnalysis& analysis,
                                       const git::ScratchObjects& scratch, const MergeSide& before,
                                       std::size_t number, const core::ObjectId& merge) {
  std::vector<Conflict> conflicts = analysis.at_step(before, number, merge);
  for (const MergedFinding& found :
       merged_findings(session, {before.tip, merge, scratch.variables()})) {
    const bool known = std::ranges::any_of(conflicts, [&](const Conflict& conflict) {
      return conflict.first.path == found.finding.path &&
             conflict.first.line == found.finding.line && conflict.message == found.fault;
    });
    if (!known) conflicts.push_back(as_conflict(found, number));
  }
  return conflicts;
}

}  // namespace

ConflictReport find_conflicts(session::Session& session, const ConflictOptions& options) {
  const git::Repository& repository = session.repository();
  git::ScratchObjects scratch(repository);
  facts::BlobKnowledge knowledge(repository);
  ConflictReport report;
  StreamsNow now = streams_now(session);
  report.remote = remote_branches(session, now, options.remotes);
  add_branches(session.policy(), report.remote.only, now);
  report.order = merge_order(session, now, options.streams);
  MergeSides found = merge_sides(session, report.order, options.include, scratch);
  report.sides = std::move(found.sides);
  report.troubles = std::move(found.troubles);
  append(report.troubles, report.remote.troubles);
  PairMerger merger(repository, scratch, report.sides.front().tip);
  MergeAnalysis analysis(session, knowledge, merger, report.sides);
  std::set<SidePair> conflicting;
  RelatedPairs related;
  for (PairResult& pair : check_pairs(repository, merger, analysis, report.sides)) {
    const SidePair numbers(pair.verdict.one, pair.verdict.other);
    if (pair.verdict.blocking > 0) conflicting.insert(numbers);
    if (pair.code) related.emplace(numbers, std::move(*pair.code));
    report.pairs.push_back(pair.verdict);
    append(report.conflicts, std::move(pair.conflicts));
  }
  add_imports(session, knowledge, report);
  add_undone(session, report);
  const StepJudge judge = [&](const MergedSoFar& before, std::size_t number,
                              const core::ObjectId& merge) {
    return judge_step(analysis, related, before, number, merge);
  };
  report.simulation =
      simulate_merges({repository, merger, report.sides, report.order, judge, conflicting});
  finish(session, report, report.conflicts);
  finish(session, report, report.simulation.conflicts);
  return report;
}

SimulatedOrder simulate_order(session::Session& session, const MergeOrder& order) {
  git::ScratchObjects scratch(session.repository());
  facts::BlobKnowledge knowledge(session.repository());
  SimulatedOrder simulated;
  simulated.sides = merge_sides(session, order, Include::committed, scratch).sides;
  PairMerger merger(session.repository(), scratch, simulated.sides.front().tip);
  MergeAnalysis analysis(session, knowledge, merger, simulated.sides);
  const StepJudge judge = [&](const MergedSoFar& before, std::size_t number,
                              const core::ObjectId& merge) {
    return judge_whole_step(session, analysis, scratch, before.side, number, merge);
  };
  simulated.simulation =
      simulate_merges({session.repository(), merger, simulated.sides, order, judge});
  name_authors(session, simulated.sides, simulated.simulation.conflicts);
  return simulated;
}

}  // namespace gs::conflicts
