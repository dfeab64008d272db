// git stream status: worktrees, identities, gates and locks on one screen.

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

#include "lib/app/installation.h"
#include "lib/app/verdict_text.h"
#include "lib/core/text.h"
#include "lib/store/locks.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

struct WorktreeRow {
  git::Worktree worktree;
  core::Identity identity;
  std::size_t locks = 0;
};

// As find_identity, for a worktree that is not this one: its record, then its branch.
core::Identity identity_of(const git::Worktree& worktree, const core::Policy& policy) {
  const auto record = worktree.prunable ? std::nullopt : app::read_enrolment(worktree.git_dir);
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

std::vector<WorktreeRow> rows_of(app::Session& session, const core::LockTable& locks) {
  std::vector<WorktreeRow> rows;
  for (git::Worktree& worktree : session.repository().worktrees()) {
    WorktreeRow row{worktree, identity_of(worktree, session.policy()), 0};
    row.locks = static_cast<std::size_t>(
        std::count_if(locks.begin(), locks.end(), [&](const core::Lock& lock) {
          return lock.live(session.now()) && core::same_holder(lock.agent, row.identity.name());
        }));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string policy_text(app::Session& session) {
  const auto& pinned = session.pinned();
  if (!pinned) return "none: only locks are judged (git stream init writes one)";
  const std::string streams = core::counted(pinned->policy.streams.size(), "stream");
  if (pinned->origin == app::PinnedPolicy::Origin::integration)
    return pinned->source + " (" + streams + ")";
  return fmt::format("this worktree's copy, until {} has one ({})",
                     pinned->policy.integration_branch.str(), streams);
}

bool in_place(const app::HookReport& hook) {
  return hook.state == app::HookState::ours || hook.state == app::HookState::legacy ||
         hook.state == app::HookState::other_version;
}

std::string gates_text(const std::vector<app::HookReport>& hooks) {
  std::string standing, missing;
  for (const app::HookReport& hook : hooks) {
    std::string& list = in_place(hook) ? standing : missing;
    list += (list.empty() ? "" : ", ") + hook.name;
  }
  if (missing.empty()) return standing;
  return (standing.empty() ? "" : standing + "; ") + "NOT IN PLACE: " + missing +
         " (git stream doctor)";
}

void print_worktrees(const std::vector<WorktreeRow>& rows, const git::Layout& here) {
  std::size_t path_width = 0, branch_width = 0;
  for (const WorktreeRow& row : rows) {
    path_width = std::max(path_width, row.worktree.path.string().size());
    branch_width =
        std::max(branch_width, row.worktree.branch ? row.worktree.branch->str().size() : 10);
  }
  for (const WorktreeRow& row : rows) {
    const std::string branch =
        row.worktree.branch ? core::printable(row.worktree.branch->str()) : "(detached)";
    std::string who = row.identity.outsider() ? "no stream" : app::describe(row.identity);
    if (row.worktree.prunable) who = "gone";
    if (row.locks > 0) who += ", " + core::counted(row.locks, "lock");
    const char mark = row.worktree.git_dir == here.git_dir ? '*' : ' ';
    std::printf("%s\n", fmt::format("{} {:<{}}  {:<{}}  {}", mark, row.worktree.path.string(),
                                    path_width, branch, branch_width, who)
                            .c_str());
  }
}

void print_text(app::Session& session, const std::vector<WorktreeRow>& rows,
                const core::LockTable& locks) {
  const auto live = std::count_if(locks.begin(), locks.end(),
                                  [&](const core::Lock& lock) { return lock.live(session.now()); });
  std::printf("policy   %s\n", policy_text(session).c_str());
  std::printf("gates    %s\n", gates_text(app::inspect_hooks(session.repository())).c_str());
  std::printf("state    %s\n", session.state().root().c_str());
  const auto expired = static_cast<std::ptrdiff_t>(locks.size()) - live;
  std::printf("locks    %td held%s\n", live,
              expired > 0 ? fmt::format(", {} expired", expired).c_str() : "");
  std::printf("you are  %s\n", app::describe(session.identity()).c_str());
  print_worktrees(rows, session.repository().layout());
}

void write_identity(core::JsonWriter& json, const core::Identity& who) {
  json.key("agent");
  who.agent ? json.value(who.agent->full()) : json.null();
  json.key("stream");
  who.stream ? json.value(who.stream->str()) : json.null();
}

void print_json(app::Session& session, const std::vector<WorktreeRow>& rows,
                const core::LockTable& locks) {
  core::JsonWriter json = Context::begin_json();
  json.key("policy");
  session.pinned() ? json.value(session.pinned()->source) : json.null();
  json.member("state", core::json_path(session.state().root().string()));
  json.key("identity").begin_object();
  write_identity(json, session.identity());
  json.end_object().key("gates").begin_array();
  for (const app::HookReport& hook : app::inspect_hooks(session.repository())) {
    json.begin_object().member("hook", hook.name).member("in_place", in_place(hook)).end_object();
  }
  json.end_array().key("worktrees").begin_array();
  for (const WorktreeRow& row : rows) {
    json.begin_object().member("path", core::json_path(row.worktree.path.string())).key("branch");
    row.worktree.branch ? json.value(core::json_path(row.worktree.branch->str())) : json.null();
    write_identity(json, row.identity);
    json.member("locks", row.locks).member("prunable", row.worktree.prunable).end_object();
  }
  json.end_array();
  json.member("locks_held", std::count_if(locks.begin(), locks.end(), [&](const core::Lock& lock) {
                return lock.live(session.now());
              }));
  Context::print_json(json);
}

core::ExitCode status(Context& context) {
  app::Session& session = context.session();
  const core::LockTable locks = store::read_locks(session.state());
  const auto rows = rows_of(session, locks);
  if (context.json) {
    print_json(session, rows, locks);
  } else {
    print_text(session, rows, locks);
  }
  return core::ExitCode::clean;
}

}  // namespace

Action declare_status(CLI::App&) {
  return [](Context& context) { return status(context); };
}

}  // namespace gs::command
