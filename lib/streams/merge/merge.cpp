#include "lib/streams/merge/merge.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/app/enrolment.h"
#include "lib/app/gate_log.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/store/clock.h"
#include "lib/store/journal.h"
#include "lib/streams/merge/merge_task.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

namespace {

using core::StreamId;
using core::StreamStatus;
using Outcome = MergeReport::Outcome;

class Merging {
 public:
  Merging(app::Session& session, const StreamId& stream, const MergeOptions& options,
          const StepWatch& watch, Assumed& assumed)
      : task_{session, options, watch, {}, {}, {}, {}, {}}, stream_(stream), assumed_(assumed) {}

  MergeReport run() {
    const RepositoryLock turn(task_.repository().layout());
    read();
    mend_interrupted(task_);
    MergeReport& report = task_.report;
    if (task_.record.status == StreamStatus::merged) {
      report.outcome = Outcome::already;
      finish();
    } else if (merge() && !task_.options.dry_run) {
      finish();
    }
    return std::move(report);
  }

 private:
  void read() {
    app::Session& session = task_.session;
    MergeReport& report = task_.report;
    session.forget();  // whoever had the turn before may have changed it
    task_.spec = *session.policy().find_stream(app::known_stream(session.policy(), stream_.str()));
    session.identity();  // a name that is nobody's stops it here, not between two steps
    const store::Streams streams = store::read_streams(session.state());
    task_.record.id = report.stream = task_.spec.id;
    task_.record.status = StreamStatus::waiting;
    if (const store::StreamRecord* record = streams.find(task_.spec.id)) task_.record = *record;
    report.into = session.policy().integration_branch;
    report.branch = task_.record.branch.str().empty()
                        ? conflicts::branch_for(session.policy(), task_.spec)
                        : task_.record.branch;
    report.tip = task_.repository().resolve(branch_ref(report.branch));
    task_.worktrees = task_.repository().worktrees();
  }

  bool refused(const std::optional<Refusal>& refusal) {
    if (!refusal) return false;
    task_.report.outcome = Outcome::refused;
    task_.report.reason = refusal->reason;
    task_.report.next = refusal->next;
    return true;
  }

  bool find_integration() {
    const core::BranchName& into = task_.report.into;
    auto tip = task_.repository().resolve(branch_ref(into));
    if (task_.options.dry_run && assumed_.integration) tip = assumed_.integration;
    if (tip) {
      task_.integration = *tip;
      return true;
    }
    const std::string remote = "origin/" + into.str();
    const bool fetched = task_.repository().resolve("refs/remotes/" + remote).has_value();
    refused(Refusal{fmt::format("the integration branch {} does not exist here", into.str()),
                    "git branch " + core::quote_shell(into.str()) +
                        (fetched ? " " + core::quote_shell(remote) : "")});
    return false;
  }

  // Whether it is in, or can be, where nothing may change.
  bool merge() {
    constexpr int kTries = 10;
    // What was merged before an interruption may have lost its branch since, by other hands.
    if (!find_integration()) return false;
    if (!task_.report.tip && task_.record.completed_tip &&
        task_.record.status == StreamStatus::completed &&
        in_integration(*task_.record.completed_tip)) {
      task_.report.tip = task_.record.completed_tip;
      nothing_to_merge();
      task_.report.tip.reset();
      return true;
    }
    if (refused(refuse_stream(task_, assumed_))) return false;
    for (int tries = 0; tries < kTries; ++tries) {
      if (!find_integration()) return false;
      if (in_integration(task_.tip())) return nothing_to_merge();
      if (refused(refuse_integration(task_))) return false;
      const auto commit = compute();
      if (!commit) return false;
      if (task_.options.dry_run) return assume(*commit);
      const Moved moved = move_integration(task_, *commit);
      if (moved == Moved::overtaken) continue;
      if (moved == Moved::refused) return give_up();
      step_done(task_.watch, "integration branch moved");
      task_.report.commit = commit;
      return true;
    }
    task_.report.reason =
        fmt::format("{} kept moving while the merge was made", task_.report.into.str());
    return give_up();
  }

  bool in_integration(const core::ObjectId& commit) const {
    return task_.repository().is_ancestor(commit, task_.integration);
  }

  bool give_up() {
    task_.report.outcome = Outcome::refused;
    task_.report.next = "git stream merge " + task_.spec.id.str();
    return false;
  }

  bool nothing_to_merge() {
    task_.report.commit = find_merge(task_);
    if (task_.options.dry_run) {
      task_.report.outcome = Outcome::mergeable;
      assumed_.merged.insert(task_.spec.id);
    }
    return true;
  }

  bool assume(const core::ObjectId& commit) {
    assumed_.integration = commit;
    assumed_.merged.insert(task_.spec.id);
    task_.report.outcome = Outcome::mergeable;
    return true;
  }

  // The commit that may become the integration branch's tip.
  std::optional<core::ObjectId> compute() {
    if (!git::merge_base(task_.repository(), task_.integration, task_.tip())) {
      refused(Refusal{fmt::format("{} and {} have no history in common", task_.report.branch.str(),
                                  task_.report.into.str()),
                      "git stream start " + task_.spec.id.str()});
      return std::nullopt;
    }
    const auto commit = make_merge(task_);
    if (!commit) {
      task_.report.outcome = Outcome::conflicts;
      return std::nullopt;
    }
    step_done(task_.watch, "merge commit made");
    judge_merge(task_, *commit);
    if (task_.report.verdict.blocks() && !passes()) return std::nullopt;
    if (refused(refuse_overwriting(task_, *commit))) return std::nullopt;
    return commit;
  }

  // A person with a reason gets past the verdict, where the policy allows it.
  bool passes() {
    constexpr char kGate[] = "merge";
    app::Session& session = task_.session;
    const auto reason = app::bypass_reason();
    const bool allowed = reason && session.policy().rules.bypass == core::Bypass::allow;
    if (allowed) task_.report.bypassed = reason;
    if (!allowed) task_.report.outcome = Outcome::blocked;
    if (!task_.options.dry_run) {
      app::log_verdict(session, allowed ? "bypassed" : "blocked", kGate, task_.report.verdict,
                       allowed ? *reason : "");
    }
    return allowed;
  }

  // All that follows once the work is in; each part is done only if it is not done yet.
  void finish() {
    record();
    note();
    if (!task_.options.dry_run && !task_.options.keep) clean_up(task_);
    if (task_.options.keep && task_.report.tip) task_.report.kept.emplace_back("--keep");
    if (!task_.report.removed.empty()) task_.report.outcome = Outcome::merged;
    name_ready();
  }

  void record() {
    if (task_.record.status == StreamStatus::merged) {
      task_.report.commit = task_.record.merge;
      return;
    }
    task_.report.outcome = Outcome::merged;
    store::change_streams(task_.session.state(), [&](store::Streams& streams) {
      store::StreamRecord* record = streams.find(task_.spec.id);
      if (record == nullptr) return;
      record->status = StreamStatus::merged;
      record->merged_at = store::now();
      record->merge = task_.report.commit;
      task_.record = *record;
    });
    step_done(task_.watch, "state written");
  }

  // Once, however often the run was interrupted before it.
  void note() {
    if (task_.options.dry_run) return;
    const auto& commit = task_.report.commit ? task_.report.commit : task_.record.completed_tip;
    const std::string hex = commit ? commit->hex() : "";
    store::LogFilter filter;
    filter.action = "merged";
    filter.stream = task_.spec.id.str();
    const auto& log = task_.session.state().activity();
    for (const store::LogLine& line : store::read_log(log, filter).lines) {
      if (store::log_field(line.activity, "commit") == hex) return;
    }
    store::append(log, {store::now(),
                        task_.session.identity().name(),
                        task_.spec.id.str(),
                        "merged",
                        {{"branch", app::json_path_text(task_.report.branch.str())},
                         {"commit", app::json_text(hex)},
                         {"into", app::json_path_text(task_.report.into.str())}}});
    step_done(task_.watch, "log written");
  }

  void name_ready() {
    if (task_.report.outcome == Outcome::already) return;
    const core::Policy& policy = task_.session.policy();
    const store::Streams streams = store::read_streams(task_.session.state());
    for (const StreamId& id : conflicts::ready_streams(policy, streams)) {
      const core::StreamSpec& other = *policy.find_stream(id);
      const bool waited =
          std::ranges::find(other.depends_on, task_.spec.id) != other.depends_on.end();
      if (waited && conflicts::unmerged_dependencies(policy, streams, other).empty())
        task_.report.ready.push_back(id);
    }
  }

  MergeTask task_;
  const StreamId& stream_;
  Assumed& assumed_;
};

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

std::vector<MergeReport> merge_streams(app::Session& session, std::vector<StreamId> streams,
                                       const MergeOptions& options, const StepWatch& watch) {
  for (const StreamId& stream : streams) app::known_stream(session.policy(), stream.str());
  std::vector<MergeReport> reports;
  Assumed assumed;
  for (const StreamId& stream : in_order(session.policy(), std::move(streams))) {
    reports.push_back(Merging(session, stream, options, watch, assumed).run());
    if (reports.back().stopped()) break;
  }
  return reports;
}

}  // namespace gs::streams
