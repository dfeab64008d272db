#include "lib/streams/lifecycle/complete.h"

#include <algorithm>
#include <map>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/stream_branches.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/gates/leases/lease_sync.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/completion_checks.h"
#include "lib/streams/lifecycle/handoff_derivation.h"
#include "lib/streams/lifecycle/tasks.h"
#include "lib/streams/recovery.h"
#include "lib/streams/validation/steps.h"

namespace gs::streams {

namespace {

using core::AgentId;
using core::Error;
using core::ExitCode;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;
using state::Handoff;
using state::StreamRecord;

[[noreturn]] void refuse(const std::string& what, const std::string& next) {
  throw Error(ExitCode::findings, what, next);
}

// The record; of a stream whose branches were made by hand what its start would have recorded.
StreamRecord record_of(session::Session& session, const StreamSpec& stream,
                       const conflicts::StreamsNow& now) {
  const StreamRecord* record = now.recorded.find(stream.id);
  if (record != nullptr && record->status != StreamStatus::waiting) return *record;
  if (!now.branches.has_work(stream.id)) {
    const auto outside = now.branches.outside_of(stream.id);
    if (!outside.empty() && outside.front().has_work)
      refuse(outside.front().described() + " has commits of stream " + stream.id.str() +
                 ", and is no branch of it by the naming rule",
             outside.front().next);
    refuse("stream " + stream.id.str() + " is not started", "git stream start " + stream.id.str());
  }
  StreamRecord made = record != nullptr ? *record : StreamRecord{};
  made.id = stream.id;
  made.status = StreamStatus::in_progress;
  made.started_at = session.now();
  for (const core::AgentSpec& agent : stream.agents) made.agents.push_back(agent.id);
  return made;
}

[[noreturn]] void refuse_without_branch(session::Session& session, const StreamRecord& record,
                                        const core::BranchName& branch) {
  refuse("the branch of stream " + record.id.str() + ", " + core::printable(branch.str()) +
             ", is not there, or has nothing in common with " +
             session.policy().integration_branch.str(),
         "git stream start " + record.id.str());
}

// The stream's branches, or those of the agent, in the order in which they are to be merged; those
// that have nothing that is not in come first.
std::vector<CompletedWork> works_of(session::Session& session, const StreamSpec& stream,
                                    const StreamRecord& record,
                                    std::vector<conflicts::StreamBranch> branches,
                                    const std::vector<conflicts::OutsideBranch>& outside) {
  if (branches.empty() && !outside.empty())
    refuse(outside.front().described() + " is no branch of stream " + stream.id.str() +
               " by the naming rule",
           outside.front().next);
  if (branches.empty()) refuse_without_branch(session, record, record.branch);
  for (const conflicts::StreamBranch& branch : branches) {
    if (!branch.base) refuse_without_branch(session, record, branch.name);
  }
  std::ranges::stable_partition(branches, &conflicts::StreamBranch::is_in);
  const auto open = std::ranges::find_if(branches, &conflicts::StreamBranch::remains);
  std::vector<CompletedWork> works;
  for (auto branch = branches.begin(); branch != open; ++branch)
    works.push_back({*branch, *conflicts::work_on(session.repository(), *branch)});
  for (conflicts::OrderedBranch& ordered :
       conflicts::order_branches(session, stream, {open, branches.end()}))
    works.push_back({std::move(ordered.branch), std::move(ordered.work)});
  return works;
}

bool has_open_task(session::Session& session, const AgentId& agent) {
  const std::vector<core::TaskSpec> tasks = tasks_of(session, agent);
  return std::ranges::any_of(tasks, is_open);
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

// Who has changed anything in each of the works.
std::vector<std::vector<std::string>> owners_by_work(const CompletionTask& task) {
  std::vector<std::vector<std::string>> owners;
  for (const CompletedWork& one : task.works)
    owners.push_back(owners_of(task.session, task.stream, one.work));
  return owners;
}

// The work that a sender speaks of: the last in which it has changed anything, else the last.
std::size_t work_of_sender(const std::vector<std::vector<std::string>>& owners,
                           const std::string& sender) {
  for (std::size_t i = owners.size(); i-- > 0;) {
    if (std::ranges::find(owners[i], sender) != owners[i].end()) return i;
  }
  return owners.size() - 1;
}

// A sender hands on what it has changed on each branch; its tasks with the last of them.
std::vector<Handoff> handoffs_now(const CompletionTask& task) {
  const auto owners = owners_by_work(task);
  std::vector<Handoff> all;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    std::vector<std::string> senders = senders_of(task);
    std::erase_if(senders, [&](const std::string& sender) {
      return work_of_sender(owners, sender) != i &&
             std::ranges::find(owners[i], sender) == owners[i].end();
    });
    for (Handoff& handoff :
         handoffs_of(task.session, task.stream, task.works[i].work, senders, task.request.tests)) {
      if (work_of_sender(owners, handoff.from_agent) != i) handoff.completed_tasks.clear();
      all.push_back(std::move(handoff));
    }
  }
  return all;
}

// Complete with all that the branches hold. An agent sends its handoffs once for each state of its
// own work: what others commit meanwhile is no reason to begin again.
bool is_complete(const CompletionTask& task) {
  const StreamRecord& record = task.record;
  const auto& agent = task.request.agent;
  const bool whole = record.status == StreamStatus::completed && task.outside.empty() &&
                     std::ranges::all_of(task.works, [&](const CompletedWork& one) {
                       return one.branch.is_in() || record.completed(one.branch.tip);
                     });
  if (whole || !agent || !record.completed(*agent)) return whole;
  const std::vector<Handoff> sent = state::read_handoffs(task.session.state());
  const auto was_sent = [&](const Handoff& handoff) {
    return std::ranges::any_of(sent, [&](const Handoff& old) {
      return old.from_agent == handoff.from_agent && old.commit == handoff.commit &&
             old.to_agents == handoff.to_agents && old.completed_tasks == handoff.completed_tasks;
    });
  };
  return std::ranges::all_of(handoffs_now(task), was_sent) && !has_open_task(task.session, *agent);
}

// Before anything is recorded as complete: whoever may go on then finds the handoffs.
std::vector<Handoff> send_handoffs(const CompletionTask& task, const StepWatch& watch) {
  std::vector<Handoff> added = state::add_handoffs(task.session.state(), handoffs_now(task));
  step_done(watch, "handed on");
  return added;
}

// The branches as they are now: followed where they were renamed.
void record_branches(const CompletionTask& task, StreamRecord& record) {
  const auto named = std::ranges::find_if(
      task.works, [&](const CompletedWork& one) { return one.branch.name == record.branch; });
  const CompletedWork& main = named != task.works.end() ? *named : task.works.front();
  record.branch = main.branch.name;
  record.completed_tip = main.branch.tip;
  if (record.worktree.empty()) record.worktree = main.branch.worktree();
  std::vector<state::BranchRecord> branches;
  for (const CompletedWork& one : task.works) {
    if (task.works.size() < 2 && record.branches.empty()) break;
    const state::BranchRecord* known = record.find(one.branch.name);
    branches.push_back({one.branch.name, known != nullptr ? known->worktree : "", one.branch.agent,
                        one.branch.tip});
  }
  record.branches = std::move(branches);
}

void record_completion(const CompletionTask& task, const StepWatch& watch) {
  const core::Instant now = state::now();
  state::change_streams(task.session.state(), [&](state::Streams& streams) {
    StreamRecord* record = streams.find(task.stream.id);
    if (record == nullptr) record = &streams.records.emplace_back();
    if (record->status == StreamStatus::waiting || record->id != task.stream.id) {
      *record = task.record;
      record->branch = task.works.front().branch.name;
      record->worktree = task.works.front().branch.worktree();
      if (!streams.started_at) streams.started_at = record->started_at;
    }
    for (const AgentId& agent : agents_of(task)) {
      if (!record->completed(agent)) record->completed_agents.emplace_back(agent, now);
    }
    if (record->status == StreamStatus::merged) {  // and has other work since
      record->status = StreamStatus::in_progress;
      record->merged_at.reset();
      record->merge.reset();
    }
    if (task.request.agent) return;
    record->status = StreamStatus::completed;
    record->completed_at = now;
    record_branches(task, *record);
  });
  step_done(watch, "marked");
}

// The commits that handoffs and log lines name, by sender. Of an agent that was complete before the
// one that it handed on then; empty when it had nothing to say.
using CommitBySender = std::map<std::string, std::string>;

CommitBySender handed_on_commits(const CompletionTask& task, bool fresh) {
  CommitBySender commits;
  const auto owners = owners_by_work(task);
  for (const std::string& sender : senders_of(task))
    commits[sender] = task.works[work_of_sender(owners, sender)].branch.tip.hex();
  if (fresh || !task.request.agent) return commits;
  std::string commit;
  for (const Handoff& handoff : state::read_handoffs(task.session.state())) {
    if (handoff.from_agent == task.request.agent->full() && !handoff.commit.empty())
      commit = handoff.commit;
  }
  return {{task.request.agent->full(), commit}};
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

void log_handoffs(const CompletionTask& task, const CommitBySender& commits,
                  const StepWatch& watch) {
  StreamLog log(task.session, task.stream.id);
  const auto is_tip = [&](const std::string& commit) {
    return std::ranges::any_of(
        task.works, [&](const CompletedWork& one) { return one.branch.tip.hex() == commit; });
  };
  for (const Handoff& handoff : state::read_handoffs(task.session.state())) {
    const auto ours = commits.find(handoff.from_agent);
    if (ours == commits.end() || handoff.commit.empty()) continue;
    if (ours->second != handoff.commit && !(commits.size() > 1 && is_tip(handoff.commit))) continue;
    log.add_once(handoff.from_agent, "handoff", state::log_fields_of(handoff),
                 {"to", "tasks", "commit"});
    step_done(watch, "handoff logged");
  }
}

// As JSON: whether the commit, or one with the same tree, passed its last validation; null where
// nobody has validated it.
std::string tests_passed(session::Session& session, const std::string& commit) {
  using Kind = ValidationState::Kind;
  const auto id = core::ObjectId::from_hex(commit);
  const Kind kind = id ? validation_state(session, *id).kind : Kind::not_validated;
  return kind == Kind::passed ? "true" : kind == Kind::failed ? "false" : "null";
}

void log_completion(const CompletionTask& task, const CommitBySender& commits,
                    const StepWatch& watch) {
  std::vector<std::string> owners;
  for (const auto& some : owners_by_work(task))
    owners.insert(owners.end(), some.begin(), some.end());
  StreamLog log(task.session, task.stream.id);
  std::map<std::string, std::string> passed;  // by commit
  for (const std::string& name : senders_of(task)) {
    const bool whole = name == stream_sender(task.stream.id);
    const std::string& commit = commits.at(name);
    const auto files =
        whole ? owners.size() : static_cast<std::size_t>(std::ranges::count(owners, name));
    const std::string judged = commit.empty() ? task.works.back().branch.tip.hex() : commit;
    const auto [known, fresh] = passed.try_emplace(judged);
    if (fresh) known->second = tests_passed(task.session, judged);
    std::vector<std::pair<std::string, std::string>> fields{
        {"commit", state::json_text(judged)},
        {"files_modified", std::to_string(files)},
        {"tests_passed", known->second}};
    if (!task.request.tests.empty())
      fields.emplace_back("test_status", state::json_text(task.request.tests));
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
                 {{"file", state::json_path_text(lock.path)},
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

const StreamSpec& stream_of(session::Session& session, const CompletionRequest& request) {
  const StreamSpec* stream = session.policy().find_stream(request.stream);
  if (stream != nullptr) return *stream;
  throw Error(ExitCode::usage,
              "the policy has no stream '" + core::printable(request.stream.str()) + "'",
              "git stream status");
}

void check_readable(const conflicts::StreamsNow& now, const StreamId& stream) {
  const conflicts::DamagedBranch* damaged = now.branches.damaged_of(stream);
  if (damaged == nullptr) return;
  throw Error(ExitCode::broken,
              "branch " + core::printable(damaged->name.str()) + " of stream " + stream.str() +
                  " cannot be read: " + damaged->trouble,
              "git fsck");
}

}  // namespace

Completion complete(session::Session& session, const CompletionRequest& request,
                    const StepWatch& watch) {
  const RepositoryLock lock(session.repository().layout());
  session.forget();  // whoever had the lock before may have changed it
  const StreamSpec& stream = stream_of(session, request);
  const conflicts::StreamsNow now = conflicts::streams_now(session);
  check_readable(now, stream.id);
  const StreamRecord record = record_of(session, stream, now);
  const auto outside = now.branches.outside_of(stream.id);
  Completion result;
  result.stream = stream.id;
  result.agent = request.agent;
  result.status = record.status;
  if (record.status == StreamStatus::merged && !now.branches.remains(stream.id) &&
      std::ranges::none_of(outside, &conflicts::OutsideBranch::has_work)) {
    result.tip = record.completed_tip.value_or(core::ObjectId{});
    result.fresh = false;
    return result;
  }
  const auto& all = now.branches.of(stream.id);
  const CompletionTask task{
      session,
      request,
      stream,
      record,
      works_of(session, stream, record,
               request.agent ? conflicts::branches_of_agent(all, *request.agent) : all, outside),
      outside};
  result.tip = task.works.back().branch.tip;
  for (const CompletedWork& one : task.works) result.branches.push_back(one.branch);
  result.fresh = !is_complete(task);
  if (result.fresh) {
    check_completion(task);
    result.handoffs = send_handoffs(task, watch);
    record_completion(task, watch);
    if (!request.agent) result.status = StreamStatus::completed;
  }
  const CommitBySender commits = handed_on_commits(task, result.fresh);
  result.tasks = finish_all_tasks(task, watch);
  log_handoffs(task, commits, watch);
  log_completion(task, commits, watch);
  result.released = release_locks(task, watch);
  if (!result.released.empty()) gates::sync_soon(task.session);
  add_followers(task, result);
  return result;
}

}  // namespace gs::streams
