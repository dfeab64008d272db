#include "plugins/git-stream/output/status_report.h"

#include <algorithm>
#include <array>
#include <future>
#include <string_view>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/report/findings.h"
#include "lib/session/unseen_move.h"

namespace gs::command {

namespace {

// As find_identity, for a worktree that is not this one: its record, then its branch.
core::Identity identity_of(const git::Worktree& worktree, const core::Policy& policy) {
  const auto record = worktree.prunable ? std::nullopt : session::read_enrolment(worktree.git_dir);
  if (record) {
    const core::StreamSpec* stream = record->agent ? policy.stream_of(*record->agent) : nullptr;
    return {stream != nullptr ? std::optional(stream->id) : record->stream, record->agent,
            core::Identity::Source::worktree};
  }
  const auto stream =
      worktree.branch ? core::stream_of_branch(policy, *worktree.branch) : std::nullopt;
  if (stream) return {stream, std::nullopt, core::Identity::Source::branch};
  return {};
}

std::size_t locks_of(const std::string& holder, const core::LockTable& locks, core::Instant now) {
  return static_cast<std::size_t>(
      std::count_if(locks.begin(), locks.end(), [&](const core::Lock& lock) {
        return lock.live(now) && core::same_holder(lock.agent, holder);
      }));
}

std::vector<WorktreeRow> rows_of(session::Session& session, streams::Overview& overview) {
  std::vector<WorktreeRow> rows;
  for (const git::Worktree& worktree : overview.worktrees) {
    WorktreeRow row{worktree, {}, 0, overview.belongs_to_stream(worktree), false};
    row.here = worktree.git_dir == session.repository().layout().git_dir;
    try {
      row.identity = identity_of(worktree, session.policy());
      row.locks = locks_of(row.identity.name(), overview.locks, session.now());
    } catch (const core::Error& error) {
      overview.damage.push_back({error.what(), error.hint()});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string policy_text(session::Session& session) {
  const auto& pinned = session.pinned();
  if (!pinned) return "none: only locks are judged (git stream init writes one)";
  const std::string streams = core::counted(pinned->policy.streams.size(), "stream");
  if (pinned->origin == policy::PinnedPolicy::Origin::integration)
    return pinned->source + " (" + streams + ")";
  return "this worktree's copy, until " + pinned->policy.integration_branch.str() + " has one (" +
         streams + ")";
}

// "develop at 1a2b3c4d5e: FAILED tests"
std::string validation_text(const core::BranchName& branch, const core::ObjectId& tip,
                            const streams::ValidationState& validation) {
  using Kind = streams::ValidationState::Kind;
  const std::string names = core::joined(validation.steps, core::printable);
  const std::string where = core::printable(branch.str()) + " at " + core::short_id(tip) + ": ";
  switch (validation.kind) {
    case Kind::no_steps:
      return "";
    case Kind::passed:
      return where + "validated";
    case Kind::failed:
      return where + "FAILED " + names + " (git stream report)";
    case Kind::not_validated:
      break;
  }
  return where + "not validated" + (validation.in_part ? ": " + names : "");
}

void add_validation(session::Session& session, StatusReport& report) {
  const core::BranchName& branch = session.policy().integration_branch;
  const auto tip = session.repository().resolve("refs/heads/" + branch.str());
  if (!tip || !session.pinned()) return;
  report.validation = streams::validation_state(session, *tip);
  report.branch = validation_text(branch, *tip, report.validation);
}

// Where the integration branch is checked out it is moved there, else without a worktree.
std::string bring_up(const core::BranchName& branch, const std::string& remote,
                     const std::vector<git::Worktree>& worktrees) {
  for (const git::Worktree& worktree : worktrees) {
    if (worktree.branch == branch && !worktree.prunable)
      return "git -C " + core::quote_shell(worktree.path.string()) + " merge --ff-only " +
             core::quote_shell(remote);
  }
  return "git fetch . " +
         core::quote_shell("refs/remotes/" + remote + ":refs/heads/" + branch.str());
}

// The hooks are not this command's: what it shows may not be what they do.
std::optional<streams::Damage> program_warning(const std::vector<install::HookReport>& hooks) {
  for (const install::HookReport& hook : hooks) {
    const bool version = hook.state == install::HookState::other_version;
    if (!version && hook.state != install::HookState::other_program) continue;
    return streams::Damage{std::string("the hooks are of another ") +
                               (version ? "version" : "build") + " than this command (" +
                               core::kVersion + "): " + hook.program.string(),
                           "git stream install"};
  }
  return std::nullopt;
}

// The recorded remote has another integration branch than the one whose policy is in force.
std::vector<streams::Damage> policy_warnings(session::Session& session,
                                             const std::vector<git::Worktree>& worktrees) {
  constexpr std::string_view kRemotes = "refs/remotes/";
  if (const auto move = session::unseen_move(session)) return {{move->what, move->repair}};
  const auto standing = policy::standing_to_remote(session.repository());
  if (!standing) return {};
  const core::BranchName branch = policy::integration_branch(session.repository().layout());
  const std::string remote = standing->ref.substr(kRemotes.size());
  const std::string other = standing->same_policy ? "" : ", which has another policy";
  if (standing->unasked && !standing->same_policy) {
    return {{remote + " was moved by somebody who is no owner" + other +
                 ": that is not in force until the remote says the same",
             "git stream install"}};
  }
  if (!standing->behind) return {};
  return {{branch.str() + " is behind " + remote + other, bring_up(branch, remote, worktrees)}};
}

}  // namespace

StatusReport status_report(session::Session& session) {
  StatusReport report;
  // The gates' program is read, or asked for its version: meanwhile there is enough to do.
  auto hooks = std::async(std::launch::async, [layout = session.repository().layout()] {
    return install::inspect_hooks(layout);
  });
  report.overview = streams::overview_of(session);
  report.worktrees = rows_of(session, report.overview);
  report.hooks = hooks.get();
  report.policy = policy_text(session);
  report.warnings = policy_warnings(session, report.overview.worktrees);
  if (const auto other = program_warning(report.hooks)) report.warnings.push_back(*other);
  if (report.overview.old_commits) report.warnings.push_back(*report.overview.old_commits);
  report.state = session.state().root().string();
  add_validation(session, report);
  report.identity = session.named();
  report.tiers = tiers_of(report.hooks);
  report.tier = tier_text(report.tiers, report.identity, session.policy());
  report.now = session.now();
  const core::LockTable& locks = report.overview.locks;
  report.locks_held = static_cast<std::size_t>(std::count_if(
      locks.begin(), locks.end(), [&](const core::Lock& lock) { return lock.live(report.now); }));
  return report;
}

bool in_place(const install::HookReport& hook) {
  return hook.state == install::HookState::ours || hook.state == install::HookState::legacy ||
         hook.state == install::HookState::other_version ||
         hook.state == install::HookState::other_program;
}

namespace {

using core::JsonWriter;
using streams::AgentView;
using streams::StreamView;

void write_identity(JsonWriter& json, const core::Identity& who) {
  json.key("agent");
  who.agent ? json.value(who.agent->full()) : json.null();
  json.key("stream");
  who.stream ? json.value(who.stream->str()) : json.null();
}

void write_time(JsonWriter& json, std::string_view name, const std::optional<core::Instant>& time) {
  json.key(name);
  time ? json.value(core::format_utc(*time)) : json.null();
}

template <class Number>
void write_number(JsonWriter& json, std::string_view name, const std::optional<Number>& number) {
  json.key(name);
  number ? json.value(*number) : json.null();
}

template <class Ids>
void write_ids(JsonWriter& json, std::string_view name, const Ids& ids) {
  json.key(name).begin_array();
  for (const auto& id : ids) json.value(id.str());
  json.end_array();
}

const char* run_state(const AgentView& agent) {
  if (!agent.run) return "none";
  if (!agent.alive()) return agent.run->ended_at ? "ended" : "gone";
  return agent.liveness == platform::Liveness::stopped ? "stopped" : "running";
}

void write_agent(JsonWriter& json, const AgentView& agent) {
  json.begin_object().member("agent", agent.id.full()).member("completed", agent.completed);
  json.member("run", run_state(agent)).member("failed", agent.failed());
  if (agent.run) {
    json.member("pid", agent.run->process.pid);
    write_time(json, "since", agent.run->started_at);
    write_time(json, "ended_at", agent.run->ended_at);
    write_number(json, "exit_code", agent.run->exit_code);
    write_number(json, "signal", agent.run->signal);
  }
  json.end_object();
}

void write_worktree(JsonWriter& json, const StreamView& view) {
  json.key("worktree");
  if (!view.worktree) {
    json.null();
    return;
  }
  json.begin_object().member("path", core::json_path(view.worktree->path.string()));
  json.key("uncommitted");
  if (view.uncommitted) {
    json.begin_object().member("files", view.uncommitted->total());
    json.member("tracked", view.uncommitted->tracked);
    json.member("untracked", view.uncommitted->untracked).end_object();
  } else {
    json.null();
  }
  json.end_object();
}

void write_divergence(JsonWriter& json, const std::optional<git::Divergence>& divergence) {
  json.key("ahead");
  divergence ? json.value(divergence->ahead) : json.null();
  json.key("behind");
  divergence ? json.value(divergence->behind) : json.null();
}

void write_merged(JsonWriter& json, const std::optional<git::MergedPart>& merged) {
  json.key("merged");
  if (!merged) {
    json.null();
    return;
  }
  json.begin_object().member("how", git::merged_text(merged->how));
  json.member("tip", merged->tip.hex()).key("by");
  merged->by ? json.value(merged->by->hex()) : json.null();
  json.end_object();
}

void write_branch(JsonWriter& json, const streams::BranchView& view) {
  const conflicts::StreamBranch& branch = view.branch;
  json.begin_object().member("name", core::json_path(branch.name.str()));
  json.member("tip", branch.tip.hex()).key("agent");
  branch.agent ? json.value(branch.agent->full()) : json.null();
  write_divergence(json, view.divergence);
  json.member("has_commits", branch.has_work).member("in", branch.has_work && branch.is_in());
  write_merged(json, branch.merged);
  json.member("changed_since_completed", view.changed_since_completed);
  json.member("upstream", core::json_path(branch.upstream)).key("worktrees").begin_array();
  for (const git::Worktree& worktree : branch.worktrees)
    json.value(core::json_path(worktree.path.string()));
  json.end_array().key("uncommitted");
  view.uncommitted ? json.value(view.uncommitted->total()) : json.null();
  json.end_object();
}

void write_outside(JsonWriter& json, const conflicts::OutsideBranch& outside) {
  json.begin_object().key("branch");
  outside.name ? json.value(core::json_path(outside.name->str())) : json.null();
  json.key("worktree");
  outside.worktree ? json.value(core::json_path(outside.worktree->path.string())) : json.null();
  json.member("has_commits", outside.has_work).member("next", outside.next).end_object();
}

void write_branches(JsonWriter& json, const StreamView& view) {
  json.key("branches").begin_array();
  for (const streams::BranchView& one : view.branches) write_branch(json, one);
  json.end_array().key("outside").begin_array();
  for (const conflicts::OutsideBranch& one : view.outside) write_outside(json, one);
  json.end_array();
}

void write_stream(JsonWriter& json, const StreamView& view) {
  json.begin_object().member("id", view.id.str()).member("name", view.name);
  json.member("state", streams::state_name(view.state)).member("phase", view.phase);
  write_ids(json, "missing", view.missing);
  write_ids(json, "unmerged", view.unmerged);
  json.key("branch").begin_object().member("name", core::json_path(view.branch.str()));
  json.member("exists", view.branch_exists);
  write_divergence(json, view.divergence);
  json.member("changed_since_completed", view.changed_since_completed).end_object();
  write_branches(json, view);
  write_worktree(json, view);
  json.key("agents").begin_array();
  for (const AgentView& agent : view.agents) write_agent(json, agent);
  json.end_array().member("locks", view.locks).member("warnings", view.warnings);
  json.key("last_activity");
  if (view.last) {
    json.begin_object();
    write_time(json, "time", view.last->time);
    json.member("agent", view.last->agent).member("action", view.last->action).end_object();
  } else {
    json.null();
  }
  const state::StreamRecord record = view.record.value_or(state::StreamRecord{});
  write_time(json, "started_at", record.started_at);
  write_time(json, "completed_at", record.completed_at);
  write_time(json, "merged_at", record.merged_at);
  json.key("troubles").begin_array();
  for (const std::string& trouble : view.troubles) json.value(trouble);
  json.end_array().end_object();
}

void write_views(JsonWriter& json, const streams::Overview& overview) {
  json.key("streams").begin_array();
  for (const StreamView& view : overview.streams) write_stream(json, view);
  json.end_array().key("counts").begin_object();
  for (const auto standing : {streams::StreamState::waiting, streams::StreamState::ready,
                              streams::StreamState::in_progress, streams::StreamState::completed,
                              streams::StreamState::merged})
    json.member(streams::state_name(standing), overview.count(standing));
  json.end_object();
  write_ids(json, "can_start", overview.can_start());
  write_ids(json, "can_merge", overview.can_merge());
  json.key("damage").begin_array();
  for (const streams::Damage& damage : overview.damage)
    json.begin_object().member("what", damage.what).member("next", damage.next).end_object();
  json.end_array();
}

void write_tiers(JsonWriter& json, const std::vector<Tier>& tiers) {
  const std::string best = strongest(tiers);
  json.key("tier");
  best.empty() ? json.null() : json.value(best);
  json.key("tiers").begin_array();
  for (const Tier& tier : tiers) {
    json.begin_object().member("tier", tier.name).member("in_force", tier.in_force);
    json.key("gates").begin_array();
    for (const std::string& gate : tier.gates) json.value(gate);
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace

void write_status(JsonWriter& json, session::Session& session, const StatusReport& report) {
  json.key("policy");
  session.pinned() ? json.value(session.pinned()->source) : json.null();
  json.key("policy_warnings").begin_array();
  for (const streams::Damage& warning : report.warnings)
    json.begin_object().member("what", warning.what).member("next", warning.next).end_object();
  json.end_array();
  json.member("state", core::json_path(report.state));
  json.key("validation").begin_object();
  json.member("state", streams::kind_name(report.validation.kind)).key("steps").begin_array();
  for (const std::string& step : report.validation.steps) json.value(step);
  json.end_array().end_object();
  json.key("identity").begin_object();
  write_identity(json, report.identity);
  json.end_object().key("gates").begin_array();
  for (const install::HookReport& hook : report.hooks) {
    json.begin_object().member("hook", hook.name).member("in_place", in_place(hook)).end_object();
  }
  json.end_array();
  write_tiers(json, report.tiers);
  json.key("worktrees").begin_array();
  for (const WorktreeRow& row : report.worktrees) {
    json.begin_object().member("path", core::json_path(row.worktree.path.string())).key("branch");
    row.worktree.branch ? json.value(core::json_path(row.worktree.branch->str())) : json.null();
    write_identity(json, row.identity);
    json.member("locks", row.locks).member("prunable", row.worktree.prunable).end_object();
  }
  json.end_array().member("locks_held", report.locks_held);
  write_views(json, report.overview);
  write_other_hosts(json, report);
}

namespace {

struct TierRow {
  const char* name;
  std::array<std::string_view, 2> gates;
  const char* meaning;  // when it is the strongest
};

constexpr std::array kTiers{
    TierRow{"commit",
            {"pre-commit", "pre-merge-commit"},
            "what goes past `git commit` and `git merge` is not judged"},
    TierRow{"ref update", {"reference-transaction"}, "whatever moves a branch here is judged"},
    TierRow{"push", {"pre-push"}, "what stays here may be anything"},
    TierRow{"server", {"pre-receive"}, "whatever is pushed here is judged"},
};

const char* meaning_of(const std::string& name) {
  for (const TierRow& row : kTiers)
    if (row.name == name) return row.meaning;
  return "nothing is judged here";
}

}  // namespace

std::vector<Tier> tiers_of(const std::vector<install::HookReport>& hooks) {
  std::vector<Tier> tiers;
  for (const TierRow& row : kTiers) {
    Tier tier{row.name, {}, true};
    bool known = false;
    for (const std::string_view gate : row.gates) {
      if (gate.empty()) continue;
      tier.gates.emplace_back(gate);
      const auto hook = std::find_if(hooks.begin(), hooks.end(),
                                     [&](const auto& one) { return one.name == gate; });
      known = known || hook != hooks.end();
      tier.in_force = tier.in_force && hook != hooks.end() && in_place(*hook);
    }
    if (known) tiers.push_back(std::move(tier));
  }
  return tiers;
}

std::string strongest(const std::vector<Tier>& tiers) {
  for (const char* name : {"server", "ref update", "push", "commit"}) {
    const bool holds = std::any_of(tiers.begin(), tiers.end(), [&](const Tier& tier) {
      return tier.in_force && tier.name == name;
    });
    if (holds) return name;
  }
  return {};
}

std::string tier_text(const std::vector<Tier>& tiers, const core::Identity& who,
                      const core::Policy& policy) {
  std::string names;
  for (const Tier& tier : tiers)
    if (tier.in_force) names += (names.empty() ? "" : ", ") + tier.name;
  const std::string best = strongest(tiers);
  std::string text = (names.empty() ? "none" : names) + ": " + meaning_of(best);
  const bool alone = who.outsider() && policy.rules.outsider == core::Outsider::allow;
  if (!best.empty() && best != "server" && alone) text += ", for you by locks alone";
  return text;
}

}  // namespace gs::command
