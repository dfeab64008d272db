#include "lib/gates/judge_change.h"

#include <algorithm>
#include <set>

#include "analyzers/import_conflicts.h"
#include "lib/core/error.h"
#include "lib/gates/leases/received_leases.h"
#include "lib/gates/merge_sides.h"
#include "lib/gates/new_commits.h"
#include "lib/gates/pushed_refs.h"
#include "lib/gates/tree_check.h"
#include "lib/policy/policy_file.h"
#include "lib/policy/yaml.h"
#include "lib/session/known_locks.h"
#include "lib/state/clock.h"

namespace gs::gates {

StagedChange::StagedChange(const git::Repository& repository, std::vector<core::ObjectId> merged)
    : base(repository.head()), other_parents(std::move(merged)) {
  git::Repository::Staged staged = repository.staged(other_parents);
  judged = std::move(staged.own);
  whole = std::move(staged.whole);
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
  const core::LockTable locks = session::known_locks(session, paths);
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

std::set<core::Change> changes_of_others(session::Session& session, const JudgedTree& tree) {
  std::set<core::Change> others = changes_taken_over(session, tree.base, tree.judged);
  if (tree.base && !tree.other_parents.empty()) {
    std::vector<core::ObjectId> parents{*tree.base};
    parents.insert(parents.end(), tree.other_parents.begin(), tree.other_parents.end());
    others.merge(settled_changes(session, parents, tree.judged));
  }
  return others;
}

core::Verdict judge_change(session::Session& session, const JudgedTree& tree,
                           std::string_view top) {
  core::Verdict verdict = judge_all(session, tree, top);
  if (verdict.findings.empty() && verdict.to_lock.empty() && verdict.conflicts.empty())
    return verdict;
  const std::set<core::Change> others = changes_of_others(session, tree);
  if (others.empty()) return verdict;
  core::ChangeSet own = tree.judged;
  std::erase_if(own, [&](const core::Change& change) { return others.contains(change); });
  return judge_all(session, {tree.base, tree.whole, own, tree.other_parents}, top);
}

// `check` of the index and of commits: the gates' verdict, without their log.

namespace {

void add_verdict(session::Session& session, const core::Verdict& verdict, FullCheck& check) {
  for (const core::Finding& finding : verdict.findings)
    check.entries.push_back({finding, false, {}});
  const core::Action action = session.policy().rules.import_conflict;
  for (const core::ImportConflict& conflict : verdict.conflicts) {
    if (auto finding = analyzers::as_finding(conflict, action))
      check.entries.push_back({std::move(*finding), false, {}});
  }
}

// Whoever asks about a stream's branch asks how that stream does.
void ask_as_stream(session::Session& session, std::string branch) {
  const auto drop = [&](std::string_view start) {
    if (branch.starts_with(start)) branch.erase(0, start.size());
  };
  drop("refs/heads/");
  drop("refs/remotes/");
  drop("origin/");
  const auto stream = core::stream_of_branch(session.policy(), core::BranchName(branch));
  if (stream && stream != session.identity().stream)
    session.act_as({stream, std::nullopt, core::Identity::Source::branch});
}

}  // namespace

FullCheck check_staged(session::Session& session, std::string_view top) {
  const git::Layout& layout = session.repository().layout();
  if (!layout.worktree && !layout.main_worktree) {
    throw core::Error(core::ExitCode::usage, "a bare repository has no index",
                      "git stream check --all, or --range A..B");
  }
  const StagedChange change(session.repository());
  FullCheck check;
  check.files = change.judged.size();
  add_verdict(session, judge_change(session, change.tree(), top), check);
  return check;
}

namespace {

// A commit that is checked out without a branch, as CI does it, may be the tip of a stream's.
void ask_as_stream_at(session::Session& session, const core::ObjectId& tip) {
  if (!session.identity().outsider()) return;
  std::set<core::StreamId> streams;
  for (const JudgedTip& judged : named_tips(session)) {
    if (judged.stream && judged.commit == tip) streams.insert(*judged.stream);
  }
  if (streams.size() == 1)
    session.act_as({*streams.begin(), std::nullopt, core::Identity::Source::branch});
}

// As identity().
FullCheck judge_range(session::Session& session, const core::ObjectId& from,
                      const core::ObjectId& to, std::vector<LocatedFinding> findings) {
  const std::unique_ptr<ReceivedLeases> leases = fetched_leases(session);
  CommitJudge judge(session, Bypasses::ignored, leases.get());
  judge.judge(JudgedElsewhere(session).unjudged({from}, {to}, Excuse::others), session.identity(),
              findings);
  FullCheck check;
  check.files = judge.files();
  for (LocatedFinding& located : findings) {
    check.entries.push_back({std::move(located.finding), false,
                             located.commit ? located.commit->hex() : std::string()});
  }
  return check;
}

}  // namespace

FullCheck check_range(session::Session& session, const core::ObjectId& from,
                      const core::ObjectId& to, std::string branch) {
  ask_as_stream(session, std::move(branch));
  ask_as_stream_at(session, to);
  return judge_range(session, from, to, {});
}

FullCheck check_push(session::Session& session, const core::ObjectId& from,
                     const core::ObjectId& to, const core::BranchName& branch) {
  const RefMove move{"refs/heads/" + branch.str(), from, to};
  const auto source = session.identity().source;
  if (source != core::Identity::Source::environment && source != core::Identity::Source::worktree) {
    const auto stream = stream_of_ref(session.policy(), move.ref);
    session.act_as(stream ? core::Identity{stream, {}, core::Identity::Source::branch}
                          : core::Identity{});
  }
  std::vector<LocatedFinding> findings;
  judge_ref(session, move, session.identity(), findings);
  return judge_range(session, from, to, std::move(findings));
}

namespace {

const core::Change* policy_change(const core::ChangeSet& changes) {
  for (const core::Change& change : changes) {
    if (change.path == core::kPolicyFile) return &change;
  }
  return nullptr;
}

}  // namespace

std::optional<core::Finding> judge_policy_change(const git::Repository& repository,
                                                 const core::ChangeSet& changes) {
  const core::Change* change = policy_change(changes);
  if (change == nullptr || change->new_mode == core::mode::none) return std::nullopt;
  core::Finding finding{core::Rule::policy, core::Severity::block, change->path, 0, {}, {}};
  if (!core::mode::is_regular(change->new_mode)) {
    finding.message = "is no regular file";
    return finding;
  }
  try {
    policy::parse_policy(repository.blob(change->new_id), core::kPolicyFile);
  } catch (const policy::PolicyError& error) {
    finding.line = static_cast<std::uint32_t>(error.place().line);
    finding.message = error.message();
    finding.hint = error.hint();
    return finding;
  }
  return std::nullopt;
}

bool has_readable_policy(const git::Repository& repository, const core::ObjectId& commit) {
  const auto entry = repository.entry(commit, core::kPolicyFile);
  if (!entry) return false;
  const core::Change added{
      std::string(core::kPolicyFile), {}, entry->id, core::mode::none, entry->mode};
  return !judge_policy_change(repository, {added});
}

bool repairs_policy(session::Session& session, const core::ChangeSet& changes) {
  try {
    session.pinned();
    return false;
  } catch (const core::Error&) {
    const bool brings_policy = policy_change(changes) != nullptr;
    if (!brings_policy || session::claims_identity(session.repository()) ||
        judge_policy_change(session.repository(), changes)) {
      throw;
    }
    return true;
  }
}

namespace {

using analyzers::Baseline;
using core::ObjectId;

std::optional<ObjectId> blob_of(const ObjectId& id, std::uint32_t mode) {
  return core::mode::is_regular(mode) ? std::optional(id) : std::nullopt;
}

}  // namespace

Baseline read_baseline(const git::Repository& repository, const std::optional<ObjectId>& blob,
                       const std::string& source) {
  return blob ? analyzers::parse_baseline(repository.blob(*blob), source) : Baseline{};
}

std::optional<core::Finding> judge_baseline_in(session::Session& session,
                                               const core::ChangeSet& changes) {
  const std::string name(analyzers::kBaselineFile);
  const auto change = std::find_if(changes.begin(), changes.end(),
                                   [&](const auto& candidate) { return candidate.path == name; });
  if (change == changes.end()) return std::nullopt;
  const git::Repository& repository = session.repository();
  Baseline before;
  try {
    before = read_baseline(repository, blob_of(change->old_id, change->old_mode), "HEAD:" + name);
  } catch (const core::Error&) {
    // Whoever repairs it is not asked what it was.
  }
  try {
    const Baseline after =
        read_baseline(repository, blob_of(change->new_id, change->new_mode), name);
    return analyzers::judge_baseline_change(before, after, session.identity());
  } catch (const core::Error& error) {
    return core::Finding{core::Rule::policy, core::Severity::block, name, 0,
                         error.what(),       error.hint()};
  }
}

}  // namespace gs::gates
