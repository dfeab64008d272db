#include "lib/gates/judge_change.h"

#include <set>

#include "lib/gates/baseline.h"
#include "lib/gates/brought.h"
#include "lib/gates/policy_change.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"

namespace gs::gates {

StagedChange::StagedChange(const git::Repository& repository, std::vector<core::ObjectId> merged)
    : judged(repository.staged_changes(merged)),
      base(repository.head()),
      other_parents(std::move(merged)) {
  if (!other_parents.empty()) whole = repository.staged_changes({});
}

JudgedTree StagedChange::tree() const {
  return {base, other_parents.empty() ? judged : whole, judged, other_parents};
}

namespace {

core::Verdict judge_all(session::Session& session, const JudgedTree& tree, std::string_view top) {
  std::vector<std::string> paths;
  paths.reserve(tree.judged.size());
  for (const core::Change& change : tree.judged) paths.push_back(change.path);
  ImportSearch search(session, tree);
  for (std::string& file : search.target_files()) paths.push_back(std::move(file));
  const bool ignore_case = session.repository().ignore_case();
  const core::LockTable locks = state::read_locks_for(session.state(), paths, ignore_case);
  const analyzers::ImportEvidence imports = search.evidence(locks);
  core::Verdict verdict =
      analyzers::judge({tree.judged, session.policy(), locks, session.identity(), session.now(),
                        &state::offset_at, ignore_case, top, &imports});
  if (auto broken = judge_policy_change(session.repository(), tree.judged))
    verdict.findings.push_back(std::move(*broken));
  if (auto grown = judge_baseline_in(session, tree.judged))
    verdict.findings.push_back(std::move(*grown));
  return verdict;
}

}  // namespace

core::Verdict judge_change(session::Session& session, const JudgedTree& tree, std::string_view top) {
  core::Verdict verdict = judge_all(session, tree, top);
  if (verdict.findings.empty() && verdict.to_lock.empty() && verdict.conflicts.empty())
    return verdict;
  const std::set<core::Change> others = brought(session, tree.base, tree.judged);
  if (others.empty()) return verdict;
  core::ChangeSet own = tree.judged;
  std::erase_if(own, [&](const core::Change& change) { return others.contains(change); });
  return judge_all(session, {tree.base, tree.whole, own, tree.other_parents}, top);
}

}  // namespace gs::gates
