#include "lib/streams/merge/merge.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/remote_branches.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/git/refs/history.h"
#include "lib/session/identity.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"
#include "lib/streams/merge/merge_steps.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

namespace {

using core::StreamId;
using core::StreamStatus;
using Outcome = MergeReport::Outcome;

// As recorded; but a stream is not merged while a branch of it is not, and one whose branches were
// made by hand is under way.
StreamStatus status_of(const state::StreamRecord& record, const MergeTask& task) {
  const bool remains =
      task.branches.remains(task.spec.id) || task.branches.damaged_of(task.spec.id) != nullptr;
  if (record.status == StreamStatus::waiting && task.branches.has_work(task.spec.id))
    return StreamStatus::in_progress;
  if (record.status != StreamStatus::merged || !remains) return record.status;
  const bool completed = std::ranges::all_of(task.own(), [&](const auto& branch) {
    return branch.is_in() || record.completed(branch.tip);
  });
  return completed ? StreamStatus::completed : StreamStatus::in_progress;
}

void add_remote_branches(MergeTask& task, const state::Streams& streams) {
  conflicts::StreamsNow now{streams, streams, std::move(task.branches)};
  const conflicts::RemoteBranches remote =
      conflicts::remote_branches(task.session, now, conflicts::Remotes::all);
  if (!remote.troubles.empty())
    throw core::Error(core::ExitCode::broken, remote.troubles.front(), "git fetch");
  conflicts::add_branches(task.session.policy(), remote.only, now);
  task.branches = std::move(now.branches);
}

void look_at_branches(MergeTask& task, const state::Streams& streams) {
  const auto integration = task.repository().resolve(branch_ref(task.into));
  if (integration) task.branches = conflicts::stream_branches(task.session, streams, *integration);
  if (task.options.dry_run && task.options.remotes) add_remote_branches(task, streams);
  task.worktrees = task.repository().worktrees();
}

MergeTask merge_task(session::Session& session, const StreamId& stream, const MergeOptions& options,
                     const StepWatch& watch) {
  const core::Policy& policy = session.policy();
  session.identity();  // a name that is nobody's stops it here, not between two steps
  MergeTask task{session, options, watch, *policy.find_stream(stream), {}, {}, {}, {}, {}, {}, {}};
  task.record.id = task.spec.id;
  task.record.status = StreamStatus::waiting;
  const state::Streams streams = state::read_streams(session.state());
  if (const state::StreamRecord* record = streams.find(task.spec.id)) task.record = *record;
  task.into = policy.integration_branch;
  look_at_branches(task, streams);
  task.record.status = status_of(task.record, task);
  task.branch = task.record.branch.str().empty() ? conflicts::branch_for(policy, task.spec)
                                                 : task.record.branch;
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (branch.name == task.branch || !task.tip) {
      task.branch = branch.name;
      task.remote = branch.remote;
      task.tip = branch.tip;
    }
  }
  return task;
}

MergeReport empty_report(const MergeTask& task) {
  MergeReport report;
  report.stream = task.spec.id;
  report.branch = task.branch;
  report.into = task.into;
  report.tip = task.tip;
  report.remote = task.remote;
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (branch.name == task.branch) report.worktree = branch.worktree();
  }
  return report;
}

MergeReport refused(MergeReport report, const Refusal& refusal) {
  report.outcome = Outcome::refused;
  report.reason = refusal.reason;
  report.next = refusal.next;
  return report;
}

std::optional<core::ObjectId> find_integration(const MergeTask& task, const Assumed& assumed) {
  if (task.options.dry_run && assumed.integration) return assumed.integration;
  return task.repository().resolve(branch_ref(task.into));
}

Refusal no_integration(const MergeTask& task) {
  const std::string& into = task.into.str();
  const std::string remote = "origin/" + into;
  const bool fetched = task.repository().resolve("refs/remotes/" + remote).has_value();
  return {
      fmt::format("the integration branch {} does not exist here", into),
      "git branch " + core::quote_shell(into) + (fetched ? " " + core::quote_shell(remote) : "")};
}

// A commit that may become the integration branch's tip; none: `outcome` and the rest say why.
struct Candidate {
  std::optional<core::ObjectId> commit;
  Outcome outcome = Outcome::refused;
  Refusal refusal;
  std::vector<MergeConflict> conflicts;
  MergeJudgement judgement;
  std::optional<std::string> bypassed;
};

// The reason for which a person gets past the verdict, where the policy allows it.
std::optional<std::string> bypass(const MergeTask& task, const core::Verdict& verdict) {
  constexpr char kGate[] = "merge";
  const auto reason = gates::bypass_reason();
  const bool allowed = reason && task.session.policy().rules.bypass == core::Bypass::allow;
  if (!task.options.dry_run) {
    gates::log_verdict(task.session, allowed ? "bypassed" : "blocked", kGate, verdict,
                       allowed ? *reason : "");
  }
  return allowed ? reason : std::nullopt;
}

Candidate make_candidate(const MergeTask& task, const core::ObjectId& integration) {
  Candidate candidate;
  if (!git::merge_base(task.repository(), integration, *task.tip)) {
    candidate.refusal = {
        fmt::format("{} and {} have no history in common", task.branch.str(), task.into.str()),
        "git stream start " + task.spec.id.str()};
    return candidate;
  }
  MadeMerge made = make_merge(task, integration, *task.tip);
  if (!made.commit) {
    candidate.outcome = Outcome::conflicts;
    candidate.conflicts = std::move(made.conflicts);
    return candidate;
  }
  step_done(task.watch, "merge commit made");
  candidate.judgement = judge_merge(task, integration, *task.tip, *made.commit);
  if (candidate.judgement.verdict.blocks()) {
    candidate.bypassed = bypass(task, candidate.judgement.verdict);
    candidate.outcome = Outcome::blocked;
    if (!candidate.bypassed) return candidate;
  }
  candidate.outcome = Outcome::refused;
  if (auto refusal = refuse_overwriting(task, integration, *made.commit)) {
    candidate.refusal = std::move(*refusal);
  } else {
    candidate.commit = made.commit;
  }
  return candidate;
}

void add_candidate(Candidate candidate, MergeReport& report) {
  report.outcome = candidate.outcome;
  report.reason = std::move(candidate.refusal.reason);
  report.next = std::move(candidate.refusal.next);
  report.conflicts = std::move(candidate.conflicts);
  report.verdict = std::move(candidate.judgement.verdict);
  report.files = candidate.judgement.files;
  report.bypassed = std::move(candidate.bypassed);
}

// Whether what was completed is merged though its branches are gone: an interrupted merge got so
// far, and others removed them since.
bool merged_without_branch(const MergeTask& task) {
  const auto tips = completed_tips(task.record);
  return task.own().empty() && !tips.empty() && task.record.status == StreamStatus::completed &&
         std::ranges::all_of(tips,
                             [&](const auto& one) { return completed_is_in(task, one.second); });
}

// One branch into the integration branch: merged, with dry_run mergeable, or stopped.
MergeReport integrate(const MergeTask& task, Assumed& assumed) {
  constexpr int kTries = 10;
  const Refusal again{{}, "git stream merge " + task.spec.id.str()};
  MergeReport report = empty_report(task);
  for (int tries = 0; tries < kTries; ++tries) {
    const auto integration = find_integration(task, assumed);
    if (!integration) return refused(std::move(report), no_integration(task));
    if (task.repository().is_ancestor(*task.tip, *integration)) {
      report.outcome = task.options.dry_run ? Outcome::mergeable : Outcome::merged;
      report.commit = find_merge(task, *integration, *task.tip);
      return report;
    }
    if (const auto refusal = refuse_integration(task)) return refused(std::move(report), *refusal);
    Candidate candidate = make_candidate(task, *integration);
    const auto commit = candidate.commit;
    add_candidate(std::move(candidate), report);
    if (!commit) return report;
    if (task.options.dry_run) {
      assumed.integration = commit;
      report.outcome = Outcome::mergeable;
      return report;
    }
    MoveResult move = move_integration(task, *integration, *commit);
    if (move.moved == Moved::overtaken) continue;
    if (move.moved == Moved::refused) return refused(std::move(report), {move.reason, again.next});
    step_done(task.watch, "integration branch moved");
    report.outcome = Outcome::merged;
    report.commit = commit;
    report.from = integration;
    report.hook_output = std::move(move.hook_output);
    return report;
  }
  return refused(
      std::move(report),
      {fmt::format("{} kept moving while the merge was made", task.into.str()), again.next});
}

// What the report of one branch adds to that of the stream.
void add_branch(const conflicts::StreamBranch& branch, MergeReport one, MergeReport& all) {
  std::vector<MergedBranch> branches = std::move(all.branches);
  std::vector<core::Finding> findings = std::move(all.verdict.findings);
  const std::size_t files = all.files;
  const std::string output = all.hook_output;
  const std::optional<core::ObjectId> from = all.from;
  all = std::move(one);
  if (from) all.from = from;
  all.files += files;
  all.hook_output = output + all.hook_output;
  if (!all.stopped()) {
    findings.insert(findings.end(), all.verdict.findings.begin(), all.verdict.findings.end());
    all.verdict.findings = std::move(findings);
    const bool now = all.outcome == Outcome::merged && all.commit.has_value();
    branches.push_back(
        {branch.name, branch.tip, git::MergedHow::ancestry, all.commit, now, branch.remote});
  }
  all.branches = std::move(branches);
}

// The later one of two commits on the integration branch.
std::optional<core::ObjectId> later(const MergeTask& task, const std::optional<core::ObjectId>& one,
                                    const std::optional<core::ObjectId>& other) {
  if (!one || !other) return one ? one : other;
  return task.repository().is_ancestor(*one, *other) ? other : one;
}

// Those that are in already, by whatever commit.
void add_those_in(const MergeTask& task, MergeReport& report) {
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (!branch.is_in() || !branch.has_work) continue;
    report.branches.push_back(
        {branch.name, branch.tip, branch.merged->how, branch.merged->by, false});
    report.commit = later(task, report.commit, branch.merged->by);
  }
  report.outcome = task.options.dry_run ? Outcome::mergeable : Outcome::merged;
}

// A branch that came, or went on, while the others were merged is left.
void look_again(const MergeTask& before, MergeReport& report) {
  MergeTask task = before;
  look_at_branches(task, state::read_streams(task.session.state()));
  for (const conflicts::StreamBranch& branch : task.own()) {
    if (branch.remains()) report.left.push_back(branch.name);
  }
  if (report.left.empty()) return;
  report.outcome = Outcome::refused;
  report.reason = core::printable(report.left.front().str()) + " has moved while it was merged";
  report.next = "git stream complete " + task.spec.id.str();
}

// Gets all of the stream's work into the integration branch, one branch after the other.
MergeReport integrate_all(const MergeTask& task, Assumed& assumed) {
  MergeReport report = empty_report(task);
  const auto integration = find_integration(task, assumed);
  if (!integration) return refused(std::move(report), no_integration(task));
  if (merged_without_branch(task)) {
    report.outcome = task.options.dry_run ? Outcome::mergeable : Outcome::merged;
    for (const auto& [branch, tip] : completed_tips(task.record))
      report.commit = later(task, report.commit, find_merge(task, *integration, tip));
    return report;
  }
  if (const auto refusal = refuse_stream(task, assumed))
    return refused(std::move(report), *refusal);
  add_those_in(task, report);
  std::vector<conflicts::StreamBranch> open;
  std::ranges::copy_if(task.own(), std::back_inserter(open), &conflicts::StreamBranch::remains);
  std::vector<core::BranchName> left;
  for (const conflicts::OrderedBranch& ordered :
       conflicts::order_branches(task.session, task.spec, open)) {
    if (!report.stopped())
      add_branch(ordered.branch, integrate(task.on(ordered.branch), assumed), report);
    if (report.stopped()) left.push_back(ordered.branch.name);
  }
  report.left = std::move(left);
  if (!task.options.dry_run && !report.stopped()) look_again(task, report);
  return report;
}

void record_merge(const MergeTask& task, const std::optional<core::ObjectId>& commit) {
  state::change_streams(task.session.state(), [&](state::Streams& streams) {
    state::StreamRecord* record = streams.find(task.spec.id);
    if (record == nullptr) return;
    record->status = StreamStatus::merged;
    record->merged_at = state::now();
    record->merge = commit;
  });
  step_done(task.watch, "state written");
}

// Once a branch, however often the run was interrupted before it.
void log_merge(const MergeTask& task, const core::BranchName& branch,
               const std::optional<core::ObjectId>& commit) {
  const std::string hex = commit ? commit->hex() : "";
  const std::string name = state::json_path_text(branch.str());
  state::LogFilter filter;
  filter.action = "merged";
  filter.stream = task.spec.id.str();
  const auto& log = task.session.state().activity();
  for (const state::LogLine& line : state::read_log(log, filter).lines) {
    const auto& fields = line.activity.fields;
    const bool same_branch = std::ranges::any_of(
        fields, [&](const auto& field) { return field.first == "branch" && field.second == name; });
    if (same_branch && state::log_field(line.activity, "commit") == hex) return;
  }
  state::append(log, {state::now(),
                      task.session.named().name(),
                      task.spec.id.str(),
                      "merged",
                      {{"branch", name},
                       {"commit", state::json_text(hex)},
                       {"into", state::json_path_text(task.into.str())}}});
  step_done(task.watch, "log written");
}

void log_merges(const MergeTask& task, const MergeReport& report) {
  std::vector<MergedBranch> branches = report.branches;
  std::ranges::sort(branches, {}, &MergedBranch::name);  // the same after an interruption
  for (const MergedBranch& branch : branches)
    log_merge(task, branch.name, branch.commit ? branch.commit : branch.tip);
  if (report.branches.empty())
    log_merge(task, task.branch, report.commit ? report.commit : task.record.completed_tip);
}

// The streams that waited for this one and can start now with all merged.
std::vector<StreamId> newly_ready(const MergeTask& task) {
  const core::Policy& policy = task.session.policy();
  const state::Streams streams = state::read_streams(task.session.state());
  std::vector<StreamId> ready;
  for (const StreamId& id : conflicts::ready_streams(policy, streams)) {
    const core::StreamSpec& other = *policy.find_stream(id);
    const bool waited = std::ranges::find(other.depends_on, task.spec.id) != other.depends_on.end();
    if (waited && conflicts::unmerged_dependencies(policy, streams, other).empty())
      ready.push_back(id);
  }
  return ready;
}

// All that follows once the work is in; each part is done only if it is not done yet.
void finish(const MergeTask& task, MergeReport& report) {
  const bool known = task.record.status == StreamStatus::merged;
  // Logged first: once it is recorded, nobody looks again which branches there were.
  if (!task.options.dry_run && !known) log_merges(task, report);
  if (!known) record_merge(task, report.commit);
  if (!task.options.dry_run && !task.options.keep) {
    CleanUp cleaned = clean_up(task);
    report.removed = std::move(cleaned.removed);
    report.kept = std::move(cleaned.kept);
  }
  if (task.options.keep && !task.own().empty()) report.kept.emplace_back("--keep");
  if (!report.removed.empty()) report.outcome = Outcome::merged;
  if (report.outcome != Outcome::already) report.ready = newly_ready(task);
}

MergeReport merge_stream(session::Session& session, const StreamId& stream,
                         const MergeOptions& options, const StepWatch& watch, Assumed& assumed) {
  const RepositoryLock lock(session.repository().layout());
  session.forget();  // whoever had the lock before may have changed it
  const MergeTask task =
      merge_task(session, session::known_stream(session.policy(), stream.str()), options, watch);
  recover_interrupted(task);
  MergeReport report;
  if (task.record.status == StreamStatus::merged) {
    report = empty_report(task);
    report.outcome = Outcome::already;
    report.commit = task.record.merge;
  } else {
    report = integrate_all(task, assumed);
  }
  if (report.outcome == Outcome::mergeable) assumed.merged.insert(task.spec.id);
  if (report.outcome == Outcome::merged || report.outcome == Outcome::already) finish(task, report);
  return report;
}

// Each after those of the others that it depends on; otherwise as the policy lists them.
std::vector<StreamId> in_order(const core::Policy& policy, std::vector<StreamId> wanted) {
  std::vector<StreamId> order;
  while (!wanted.empty()) {
    const auto free = std::ranges::find_if(policy.streams, [&](const core::StreamSpec& stream) {
      const auto waits_for = [&](const StreamId& id) {
        return std::ranges::find(stream.depends_on, id) != stream.depends_on.end();
      };
      return std::ranges::find(wanted, stream.id) != wanted.end() &&
             std::ranges::none_of(wanted, waits_for);
    });
    order.push_back(free == policy.streams.end() ? wanted.front() : free->id);
    std::erase(wanted, order.back());
  }
  return order;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::merged:
      return "merged";
    case Outcome::already:
      return "already-merged";
    case Outcome::mergeable:
      return "mergeable";
    case Outcome::refused:
      return "refused";
    case Outcome::conflicts:
      return "conflicts";
    case Outcome::blocked:
      return "blocked";
  }
  return "";
}

std::vector<MergeReport> merge_streams(session::Session& session, std::vector<StreamId> streams,
                                       const MergeOptions& options, const StepWatch& watch) {
  for (const StreamId& stream : streams) session::known_stream(session.policy(), stream.str());
  std::vector<MergeReport> reports;
  Assumed assumed;
  for (const StreamId& stream : in_order(session.policy(), std::move(streams))) {
    reports.push_back(merge_stream(session, stream, options, watch, assumed));
    if (reports.back().stopped()) break;
  }
  return reports;
}

}  // namespace gs::streams
