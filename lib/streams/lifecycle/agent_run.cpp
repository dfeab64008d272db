#include "lib/streams/lifecycle/agent_run.h"

#include <algorithm>
#include <unistd.h>

#include "lib/conflicts/dependencies.h"
#include "lib/core/error.h"
#include "lib/store/clock.h"

namespace gs::streams {

namespace {

using core::AgentId;
using core::Error;
using core::ExitCode;
using store::AgentRun;
using store::StreamRecord;

auto run_of(auto& record, const AgentId& agent) {
  return std::find_if(record.runs.begin(), record.runs.end(),
                      [&](const AgentRun& run) { return run.agent == agent; });
}

std::string described(const AgentRun& run) {
  return "pid " + std::to_string(run.process.pid) + ", since " +
         core::format_local(run.started_at, store::now(), &store::offset_at);
}

void check_stream(const StreamRecord* record, const core::StreamId& id) {
  const std::string name = "stream " + id.str();
  if (record == nullptr || record->status == core::StreamStatus::waiting)
    throw Error(ExitCode::findings, name + " was not started", "git stream start " + id.str());
  if (record->status == core::StreamStatus::completed)
    throw Error(ExitCode::findings, name + " is completed", "git stream merge " + id.str());
  if (record->status == core::StreamStatus::merged)
    throw Error(ExitCode::findings, name + " is merged", "git stream status");
}

void check_after(const core::Policy& policy, const store::Streams& streams,
                 const core::AgentSpec& agent) {
  const std::vector<AgentId> missing = missing_agents(policy, streams, agent);
  if (missing.empty()) return;
  std::string names, next;
  for (const AgentId& before : missing) {
    names += (names.empty() ? "" : ", ") + before.full();
    next += (next.empty() ? "" : "; ") + ("git stream complete " + before.short_name());
  }
  throw Error(ExitCode::findings,
              agent.id.full() + " comes after " + names +
                  (missing.size() == 1 ? ", which is not done" : ", which are not done"),
              next + "; or --anyway");
}

void check_alone(const core::StreamSpec& stream, const StreamRecord& record,
                 const core::AgentSpec& agent) {
  const std::string next = "wait for its end, or --anyway";
  for (const AgentRun& run : record.runs) {
    if (!is_alive(run)) continue;
    if (run.agent == agent.id)
      throw Error(ExitCode::findings, agent.id.full() + " runs already: " + described(run), next);
    if (stream.parallel == core::Parallel::none) {
      throw Error(ExitCode::findings,
                  "stream " + stream.id.str() + " runs one agent at a time (parallel: none), and " +
                      run.agent.full() + " runs: " + described(run),
                  next);
    }
  }
}

}  // namespace

bool is_alive(const AgentRun& run) {
  return !run.ended_at && platform::liveness(run.process) != platform::Liveness::ended;
}

void check_may_run(const core::Policy& policy, const store::Streams& streams,
                   const core::AgentSpec& agent, bool anyway) {
  const core::StreamSpec& stream = *policy.stream_of(agent.id);
  const StreamRecord* record = streams.find(stream.id);
  check_stream(record, stream.id);
  if (anyway) return;
  check_after(policy, streams, agent);
  check_alone(stream, *record, agent);
}

RunRecord::RunRecord(const store::StateDir& state, const core::Policy& policy,
                     const core::AgentSpec& agent, bool anyway)
    : state_(state), agent_(agent.id), process_(platform::mark_of(getpid())) {
  store::change_streams(state_, [&](store::Streams& streams) {
    check_may_run(policy, streams, agent, anyway);
    StreamRecord& record = *streams.find(policy.stream_of(agent_)->id);
    const AgentRun fresh{agent_, process_, store::now(), {}, {}, {}};
    if (const auto found = run_of(record, agent_); found != record.runs.end()) {
      before_ = *found;
      *found = fresh;
    } else {
      record.runs.push_back(fresh);
    }
    stream_ = record;
  });
}

// Only while it is our run that is recorded: --anyway may have put another in its place.
void RunRecord::change(const std::function<void(AgentRun&)>& how) {
  store::change_streams(state_, [&](store::Streams& streams) {
    StreamRecord* record = streams.find(stream_.id);
    if (record == nullptr) return;
    const auto found = run_of(*record, agent_);
    if (found == record->runs.end() || found->process != process_) return;
    how(*found);
  });
}

void RunRecord::started(pid_t pid) {
  const platform::ProcessMark mark = platform::mark_of(pid);
  change([&](AgentRun& run) { run.process = mark; });
  process_ = mark;
  ran_ = true;
}

void RunRecord::ended(const process::Ending& ending) {
  change([&](AgentRun& run) {
    run.ended_at = store::now();
    run.exit_code = ending.exit_code;
    run.signal = ending.signal;
  });
}

void RunRecord::withdraw() {
  if (ran_) return;
  store::change_streams(state_, [&](store::Streams& streams) {
    StreamRecord* record = streams.find(stream_.id);
    if (record == nullptr) return;
    const auto found = run_of(*record, agent_);
    if (found == record->runs.end() || found->process != process_) return;
    if (before_) {
      *found = *before_;
    } else {
      record->runs.erase(found);
    }
  });
}

}  // namespace gs::streams
