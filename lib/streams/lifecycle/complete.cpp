#include "lib/streams/lifecycle/complete.h"

#include <algorithm>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/gates/tree_check.h"
#include "lib/platform/process_id.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/handoff_derivation.h"
#include "lib/streams/lifecycle/tasks.h"
#include "lib/streams/recovery.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::AgentId;
using core::Error;
using core::ExitCode;
using core::Identity;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;
using state::Handoff;
using state::StreamRecord;

// What is to be completed, as it is when that begins.
struct CompletionTask {
  session::Session& session;
  const CompletionRequest& request;
  const StreamSpec& stream;
  const StreamRecord record;
  const conflicts::StreamWork work;

  // "agent-F1", "stream F"
  std::string title() const {
    return request.agent ? request.agent->full() : "stream " + stream.id.str();
  }
};

[[noreturn]] void refuse(const std::string& what, const std::string& next) {
  throw Error(ExitCode::findings, what, next);
}

void check_order(const CompletionTask& task) {
  const auto& agent = task.request.agent;
  const core::AgentSpec* spec = agent ? task.session.policy().find_agent(*agent) : nullptr;
  if (spec == nullptr) return;
  const auto streams = state::read_streams(task.session.state());
  const auto missing = conflicts::missing_agents(task.session.policy(), streams, *spec);
  if (missing.empty()) return;
  std::string names;
  for (const AgentId& before : missing) names += (names.empty() ? "" : ", ") + before.full();
  refuse(task.title() + " comes after " + names + ", which " +
             (missing.size() == 1 ? "is" : "are") + " not complete",
         "git stream complete " + missing.front().short_name());
}

// An agent may say of itself that it is done while its command is still running.
void check_running(const CompletionTask& task) {
  const auto& asked = task.request.agent;
  if (task.request.anyway) return;
  const auto& self = task.session.identity().agent;
  for (const state::AgentRun& run : task.record.runs) {
    const bool concerned = !asked || run.agent == *asked;
    if (!concerned || run.ended_at || run.agent == self) continue;
    if (platform::liveness(run.process) == platform::Liveness::ended) continue;
    const std::string again =
        "git stream complete " + (asked ? asked->short_name() : task.stream.id.str());
    refuse(run.agent.full() + " is still running (pid " + std::to_string(run.process.pid) + ")",
           "wait for it, or " + again + " --anyway");
  }
}

fs::path worktree_folder(const CompletionTask& task) {
  const git::Layout& layout = task.session.repository().layout();
  const std::string& recorded = task.record.worktree;
  return conflicts::absolute_worktree(
      layout, recorded.empty() ? conflicts::worktree_for(layout, task.session.policy(), task.stream)
                               : recorded);
}

core::ScopeMap scopes_of(const CompletionTask& task) {
  return {task.session.policy(),
          {task.stream.id, task.request.agent, Identity::Source::none},
          task.session.repository().ignore_case()};
}

// The paths that are not committed and for which the stream, or the agent, answers. Others may have
// work in hand in the same worktree: an agent answers for its own scope, and for what it holds.
std::vector<std::string> own_uncommitted(const CompletionTask& task,
                                         const git::Worktree& worktree) {
  const core::LockTable locks = state::read_locks(task.session.state());
  std::vector<std::string> paths = uncommitted(worktree, Untracked::each);
  if (!task.request.agent) return paths;
  const core::ScopeMap scopes = scopes_of(task);
  const bool ignore_case = task.session.repository().ignore_case();
  std::erase_if(paths, [&](const std::string& path) {
    const core::Standing standing = scopes.place(path).standing;
    if (standing == core::Standing::mine) return false;
    return standing == core::Standing::foreign ||
           std::ranges::none_of(locks, [&](const core::Lock& lock) {
             return core::same_holder(lock.agent, task.request.agent->full()) &&
                    core::covers(lock, path, ignore_case);
           });
  });
  return paths;
}

void check_clean(const CompletionTask& task, const git::Worktree& worktree,
                 const std::string& git) {
  constexpr std::size_t kNamed = 10;
  const std::vector<std::string> paths = own_uncommitted(task, worktree);
  if (paths.empty()) return;
  std::string text =
      task.title() + " is not complete: " + core::counted(paths.size(), "path") + " not committed";
  for (std::size_t i = 0; i < paths.size() && i < kNamed; ++i)
    text += "\n  " + core::quote_path(paths[i]);
  if (paths.size() > kNamed) text += "\n  … and " + std::to_string(paths.size() - kNamed) + " more";
  refuse(text, git + " status, then commit or remove them");
}

void check_worktree(const CompletionTask& task) {
  const fs::path folder = worktree_folder(task);
  const auto found = worktree_at(task.session.repository(), folder);
  if (!found) {
    refuse("the worktree of stream " + task.stream.id.str() + ", " +
               core::quote_path(folder.native()) + ", is gone: what was not committed is not known",
           "git stream start " + task.stream.id.str());
  }
  const std::string git = "git -C " + core::quote_shell(folder.native());
  const auto operation = unfinished(*found);
  if (!task.request.agent && operation)
    refuse(*operation + " is under way in the worktree of " + task.title(), git + " status");
  if (!task.request.agent && found->branch != task.work.branch) {
    const std::string branch = task.work.branch.str();
    refuse("the worktree of " + task.title() + " is " +
               (found->branch ? "on " + core::printable(found->branch->str()) : "detached") +
               ", not on " + core::printable(branch),
           git + " switch " + core::quote_shell(branch));
  }
  check_clean(task, *found, git);
}

bool is_own_holder(const CompletionTask& task, const std::string& holder) {
  const auto agent = AgentId::parse(holder);
  const StreamSpec* home = agent ? task.session.policy().stream_of(*agent) : nullptr;
  return home == &task.stream || core::same_holder(holder, "stream-" + task.stream.id.str());
}

// Locks are for changing: what is committed is judged without those that the stream's own agents
// hold, and without asking again for locks that were needed then.
bool still_wrong(const CompletionTask& task, const core::ScopeMap& scopes,
                 const core::LockTable& locks, const core::Finding& finding) {
  if (finding.severity != core::Severity::block) return false;
  if (finding.rule == core::Rule::unowned)
    return task.session.policy().rules.unowned == core::Unowned::block;
  if (task.request.agent && scopes.place(finding.path).standing != core::Standing::mine)
    return false;
  if (finding.rule != core::Rule::lock) return true;
  return std::ranges::any_of(locks, [&](const core::Lock& lock) {
    return lock.live(task.session.now()) && !is_own_holder(task, lock.agent) &&
           core::covers(lock, finding.path, task.session.repository().ignore_case());
  });
}

// The work's commits as the gates judge them on the stream's branch.
gates::FullCheck check_as_stream(const CompletionTask& task) {
  const Identity asking = task.session.identity();
  task.session.act_as({task.stream.id, std::nullopt, Identity::Source::branch});
  try {
    gates::FullCheck check =
        gates::check_range(task.session, task.work.base, task.work.tip, task.work.branch.str());
    task.session.act_as(asking);
    return check;
  } catch (...) {
    task.session.act_as(asking);
    throw;
  }
}

void check_gates(const CompletionTask& task) {
  const gates::FullCheck check = check_as_stream(task);
  const core::LockTable locks = state::read_locks(task.session.state());
  const core::ScopeMap scopes = scopes_of(task);
  core::Verdict verdict;
  for (const report::Entry& entry : check.entries) {
    if (!entry.accepted && still_wrong(task, scopes, locks, entry.finding))
      verdict.findings.push_back(entry.finding);
  }
  if (verdict.findings.empty()) return;
  constexpr std::string_view kPrefix = "git-stream: ";
  const Identity spoken{task.stream.id, task.request.agent, Identity::Source::branch};
  std::string text = gates::verdict_text(verdict, spoken, "completion").substr(kPrefix.size());
  text.pop_back();
  refuse(text, "git stream check --range " +
                   core::quote_shell(task.session.policy().integration_branch.str() + ".." +
                                     task.work.branch.str()));
}

// Throws core::Error (findings) with the first thing that stands in the way, and the next command.
void check_completion(const CompletionTask& task) {
  check_order(task);
  check_running(task);
  check_worktree(task);
  check_gates(task);
}

StreamRecord started_record(session::Session& session, const StreamId& stream) {
  const state::Streams streams = state::read_streams(session.state());
  const StreamRecord* record = streams.find(stream);
  if (record != nullptr && record->status != StreamStatus::waiting) return *record;
  throw Error(ExitCode::findings, "stream " + stream.str() + " is not started",
              "git stream start " + stream.str());
}

conflicts::StreamWork work_now(session::Session& session, const StreamRecord& record) {
  auto work = conflicts::work_of(session, record.id, conflicts::integration_tip(session));
  if (work) return *std::move(work);
  throw Error(ExitCode::findings,
              "the branch of stream " + record.id.str() + ", " +
                  core::printable(record.branch.str()) +
                  ", is not there, or has nothing in common with " +
                  session.policy().integration_branch.str(),
              "git stream start " + record.id.str());
}

bool has_open_task(session::Session& session, const AgentId& agent) {
  const std::vector<core::TaskSpec> tasks = tasks_of(session, agent);
  return std::ranges::any_of(tasks, is_open);
}

// Complete with all that the branch holds. An agent sends its handoffs once for each state of its
// own work: what others commit meanwhile is no reason to begin again.
bool is_complete(const CompletionTask& task) {
  const StreamRecord& record = task.record;
  const auto& agent = task.request.agent;
  const bool whole =
      record.status == StreamStatus::completed && record.completed_tip == task.work.tip;
  if (whole || !agent || !record.completed(*agent)) return whole;
  const std::vector<Handoff> sent = state::read_handoffs(task.session.state());
  const auto was_sent = [&](const Handoff& handoff) {
    return std::ranges::any_of(sent, [&](const Handoff& old) {
      return old.from_agent == handoff.from_agent && old.commit == handoff.commit &&
             old.to_agents == handoff.to_agents && old.completed_tasks == handoff.completed_tasks;
    });
  };
  const auto now =
      handoffs_of(task.session, task.stream, task.work, {agent->full()}, task.request.tests);
  return std::ranges::all_of(now, was_sent) && !has_open_task(task.session, *agent);
}

std::vector<AgentId> agents_of(const CompletionTask& task) {
  if (task.request.agent) return {*task.request.agent};
  std::vector<AgentId> all;
  for (const core::AgentSpec& agent : task.stream.agents) all.push_back(agent.id);
  return all;
}

// Who sends handoffs, by full name; of a whole stream its agents and itself.
std::vector<std::string> senders_of(const CompletionTask& task) {
  std::vector<std::string> names;
  for (const AgentId& agent : agents_of(task)) names.push_back(agent.full());
  if (!task.request.agent) names.push_back(stream_sender(task.stream.id));
  return names;
}

// Before anything is recorded as complete: whoever may go on then finds the handoffs.
std::vector<Handoff> send_handoffs(const CompletionTask& task, const StepWatch& watch) {
  const auto handoffs =
      handoffs_of(task.session, task.stream, task.work, senders_of(task), task.request.tests);
  std::vector<Handoff> added = state::add_handoffs(task.session.state(), handoffs);
  step_done(watch, "handed on");
  return added;
}

void record_completion(const CompletionTask& task, const StepWatch& watch) {
  const core::Instant now = state::now();
  state::change_streams(task.session.state(), [&](state::Streams& streams) {
    StreamRecord* record = streams.find(task.stream.id);
    if (record == nullptr) return;
    for (const AgentId& agent : agents_of(task)) {
      if (!record->completed(agent)) record->completed_agents.emplace_back(agent, now);
    }
    if (task.request.agent) return;
    record->status = StreamStatus::completed;
    record->completed_at = now;
    record->completed_tip = task.work.tip;
  });
  step_done(watch, "marked");
}

// The commit that handoffs and log lines name. Of an agent that was complete before the one that it
// handed on then; empty when it had nothing to say.
std::string handed_on_commit(const CompletionTask& task, bool fresh) {
  if (fresh || !task.request.agent) return task.work.tip.hex();
  std::string commit;
  for (const Handoff& handoff : state::read_handoffs(task.session.state())) {
    if (handoff.from_agent == task.request.agent->full() && !handoff.commit.empty())
      commit = handoff.commit;
  }
  return commit;
}

std::vector<std::string> finish_all_tasks(const CompletionTask& task, const StepWatch& watch) {
  std::vector<std::string> titles;
  for (const AgentId& agent : agents_of(task)) {
    for (std::string& title : finish_tasks(task.session, agent)) {
      titles.push_back(std::move(title));
      step_done(watch, "task done");
    }
  }
  return titles;
}

std::string json_list(const std::vector<std::string>& texts) {
  core::JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  return json.end_array().take();
}

void log_handoffs(const CompletionTask& task, const std::string& commit, const StepWatch& watch) {
  if (commit.empty()) return;
  StreamLog log(task.session, task.stream.id);
  const std::vector<std::string> names = senders_of(task);
  for (const Handoff& handoff : state::read_handoffs(task.session.state())) {
    const bool ours = std::ranges::find(names, handoff.from_agent) != names.end();
    if (!ours || handoff.commit != commit) continue;
    log.add_once(handoff.from_agent, "handoff",
                 {{"to", json_list(handoff.to_agents)},
                  {"tasks", json_list(handoff.completed_tasks)},
                  {"commit", session::json_text(commit)}},
                 {"to", "tasks", "commit"});
    step_done(watch, "handoff logged");
  }
}

void log_completion(const CompletionTask& task, const std::string& commit, const StepWatch& watch) {
  const std::vector<std::string> owners = owners_of(task.session, task.stream, task.work);
  StreamLog log(task.session, task.stream.id);
  for (const std::string& name : senders_of(task)) {
    const bool whole = name == stream_sender(task.stream.id);
    const auto files =
        whole ? owners.size() : static_cast<std::size_t>(std::ranges::count(owners, name));
    std::vector<std::pair<std::string, std::string>> fields{
        {"commit", session::json_text(commit.empty() ? task.work.tip.hex() : commit)},
        {"files_modified", std::to_string(files)}};
    if (!task.request.tests.empty())
      fields.emplace_back("test_status", session::json_text(task.request.tests));
    // Agents that completed by themselves have their line.
    const bool any_line = commit.empty() || (!task.request.agent && !whole);
    const std::vector<std::string_view> same =
        any_line ? std::vector<std::string_view>{} : std::vector<std::string_view>{"commit"};
    log.add_once(name, "completed", std::move(fields), same);
    step_done(watch, "completion logged");
  }
}

// Logged before it is done: doing both again logs nothing twice.
std::vector<core::Lock> release_locks(const CompletionTask& task, const StepWatch& watch) {
  const std::vector<std::string> names = senders_of(task);
  const state::StateDir& state = task.session.state();
  std::vector<core::Lock> released;
  StreamLog log(task.session, task.stream.id);
  for (const core::Lock& lock : state::read_locks(state)) {
    const auto holder = std::ranges::find_if(
        names, [&](const std::string& name) { return core::same_holder(name, lock.agent); });
    if (holder == names.end()) continue;
    log.add_once(*holder, "released",
                 {{"file", session::json_path_text(lock.path)},
                  {"generation", std::to_string(lock.generation)}},
                 {"file", "generation"});
    step_done(watch, "release logged");
    const std::vector<std::string> path{lock.path};
    const auto outcome = state::release(state, path, lock.agent, false, task.session.now());
    released.insert(released.end(), outcome.released.begin(), outcome.released.end());
    step_done(watch, "released");
  }
  return released;
}

// The agents that come after this one, and can go on now.
std::vector<AgentId> agents_after(const CompletionTask& task, const state::Streams& streams) {
  const core::Policy& policy = task.session.policy();
  std::vector<AgentId> found;
  for (const StreamSpec& other : policy.streams) {
    for (const core::AgentSpec& agent : other.agents) {
      const bool follows = std::ranges::find(agent.after, *task.request.agent) != agent.after.end();
      if (follows && !conflicts::agent_done(policy, streams, agent.id) &&
          conflicts::missing_agents(policy, streams, agent).empty())
        found.push_back(agent.id);
    }
  }
  return found;
}

// The waiting streams that depend on this one, with what they still wait for.
std::vector<Completion::Waiting> streams_after(const CompletionTask& task,
                                               const state::Streams& streams) {
  const core::Policy& policy = task.session.policy();
  std::vector<Completion::Waiting> found;
  for (const StreamSpec& other : policy.streams) {
    const auto& needs = other.depends_on;
    const bool depends = std::ranges::find(needs, task.stream.id) != needs.end();
    if (!depends || streams.status(other.id) != StreamStatus::waiting) continue;
    found.push_back({other.id, conflicts::missing_dependencies(policy, streams, other)});
  }
  return found;
}

void add_followers(const CompletionTask& task, Completion& result) {
  const state::Streams streams = state::read_streams(task.session.state());
  if (task.request.agent) {
    result.can_go_on = agents_after(task, streams);
    return;
  }
  for (Completion::Waiting& waiting : streams_after(task, streams)) {
    if (waiting.missing.empty()) {
      result.can_start.push_back(waiting.stream);
    } else {
      result.waiting.push_back(std::move(waiting));
    }
  }
}

}  // namespace

Completion complete(session::Session& session, const CompletionRequest& request,
                    const StepWatch& watch) {
  const RepositoryLock lock(session.repository().layout());
  session.forget();  // whoever had the lock before may have changed it
  const StreamSpec* stream = session.policy().find_stream(request.stream);
  if (stream == nullptr) {
    throw Error(ExitCode::usage,
                "the policy has no stream '" + core::printable(request.stream.str()) + "'",
                "git stream status");
  }
  const StreamRecord record = started_record(session, stream->id);
  Completion result;
  result.stream = stream->id;
  result.agent = request.agent;
  result.status = record.status;
  if (record.status == StreamStatus::merged) {
    result.tip = record.completed_tip.value_or(core::ObjectId{});
    result.fresh = false;
    return result;
  }
  const CompletionTask task{session, request, *stream, record, work_now(session, record)};
  result.tip = task.work.tip;
  result.fresh = !is_complete(task);
  if (result.fresh) {
    check_completion(task);
    result.handoffs = send_handoffs(task, watch);
    record_completion(task, watch);
    if (!request.agent) result.status = StreamStatus::completed;
  }
  const std::string commit = handed_on_commit(task, result.fresh);
  result.tasks = finish_all_tasks(task, watch);
  log_handoffs(task, commit, watch);
  log_completion(task, commit, watch);
  result.released = release_locks(task, watch);
  add_followers(task, result);
  return result;
}

}  // namespace gs::streams
