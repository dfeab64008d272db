#include "plugins/git-stream/output/status_report.h"

#include <algorithm>
#include <future>

#include "lib/core/error.h"
#include "lib/core/text.h"

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

}  // namespace

StatusReport status_report(session::Session& session) {
  StatusReport report;
  // Each gate's program is started, to ask for its version: meanwhile there is enough to do.
  auto hooks = std::async(std::launch::async, [layout = session.repository().layout()] {
    return install::inspect_hooks(layout);
  });
  report.overview = streams::overview_of(session);
  report.worktrees = rows_of(session, report.overview);
  report.hooks = hooks.get();
  report.policy = policy_text(session);
  report.state = session.state().root().string();
  report.identity = session.identity();
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
         hook.state == install::HookState::other_version;
}

}  // namespace gs::command
