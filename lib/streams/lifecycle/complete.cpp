#include "lib/streams/lifecycle/complete.h"

#include <algorithm>

#include "lib/conflicts/dependencies.h"
#include "lib/core/error.h"
#include "lib/core/json_writer.h"
#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "lib/store/locks.h"
#include "lib/streams/lifecycle/completion_checks.h"
#include "lib/streams/lifecycle/handoff_derivation.h"
#include "lib/streams/lifecycle/tasks.h"
#include "lib/streams/log_once.h"
#include "lib/streams/turn.h"

namespace gs::streams {

using core::AgentId;
using core::Error;
using core::ExitCode;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;
using store::Handoff;
using store::StreamRecord;

namespace {

std::string json_list(const std::vector<std::string>& texts) {
  core::JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  return json.end_array().take();
}

class Completing {
 public:
  Completing(app::Session& session, const CompletionRequest& request, const StreamSpec& stream,
             const StepWatch& watch)
      : session_(session), request_(request), stream_(stream), watch_(watch) {
    result_.stream = stream.id;
    result_.agent = request.agent;
  }

  Completion run() {
    const StreamRecord record = started();
    result_.status = record.status;
    if (record.status == StreamStatus::merged) {
      result_.tip = record.completed_tip.value_or(core::ObjectId{});
      result_.fresh = false;
      return std::move(result_);
    }
    const StreamWork work = work_now(record);
    result_.tip = work.tip;
    result_.fresh = !already(record, work);
    if (result_.fresh) {
      check_completion(session_, request_, stream_, record, work);
      hand_on(work);
      mark(work);
    }
    said_ = result_.fresh || !request_.agent ? work.tip.hex() : last_handed_on();
    finish_the_tasks();
    log_handoffs();
    log_completion(work);
    release_locks();
    look_ahead();
    return std::move(result_);
  }

 private:
  StreamRecord started() const {
    const store::Streams streams = store::read_streams(session_.state());
    const StreamRecord* record = streams.find(stream_.id);
    if (record != nullptr && record->status != StreamStatus::waiting) return *record;
    throw Error(ExitCode::findings, "stream " + stream_.id.str() + " is not started",
                "git stream start " + stream_.id.str());
  }

  StreamWork work_now(const StreamRecord& record) const {
    auto work = work_of(session_, stream_.id, integration_tip(session_));
    if (work) return *std::move(work);
    throw Error(ExitCode::findings,
                "the branch of stream " + stream_.id.str() + ", " +
                    core::printable(record.branch.str()) +
                    ", is not there, or has nothing in common with " +
                    session_.policy().integration_branch.str(),
                "git stream start " + stream_.id.str());
  }

  // Complete with all that the branch holds. An agent hands on once for each state of its own work:
  // what others commit meanwhile is no reason to begin again.
  bool already(const StreamRecord& record, const StreamWork& work) const {
    const bool whole = record.status == StreamStatus::completed && record.completed_tip == work.tip;
    if (whole || !request_.agent || !record.completed(*request_.agent)) return whole;
    const std::vector<Handoff> known = store::read_handoffs(session_.state());
    const auto stands = [&](const Handoff& handoff) {
      return std::any_of(known.begin(), known.end(), [&](const Handoff& old) {
        return old.from_agent == handoff.from_agent && old.commit == handoff.commit &&
               old.to_agents == handoff.to_agents && old.completed_tasks == handoff.completed_tasks;
      });
    };
    const auto now = handoffs_of(session_, stream_, work, {request_.agent->full()}, request_.tests);
    return std::all_of(now.begin(), now.end(), stands) && !has_open_task(*request_.agent);
  }

  // The commit that the agent handed on; empty when it had nothing to say.
  std::string last_handed_on() const {
    std::string commit;
    for (const Handoff& handoff : store::read_handoffs(session_.state())) {
      if (handoff.from_agent == request_.agent->full() && !handoff.commit.empty())
        commit = handoff.commit;
    }
    return commit;
  }

  bool has_open_task(const AgentId& agent) const {
    const std::vector<core::TaskSpec> tasks = tasks_of(session_, agent);
    return std::any_of(tasks.begin(), tasks.end(), is_open);
  }

  std::vector<AgentId> agents() const {
    if (request_.agent) return {*request_.agent};
    std::vector<AgentId> all;
    for (const core::AgentSpec& agent : stream_.agents) all.push_back(agent.id);
    return all;
  }

  std::vector<std::string> senders() const {
    std::vector<std::string> names;
    for (const AgentId& agent : agents()) names.push_back(agent.full());
    if (!request_.agent) names.push_back(stream_sender(stream_.id));
    return names;
  }

  // Before anything is marked: whoever may go on then finds what was handed on.
  void hand_on(const StreamWork& work) {
    const auto handoffs = handoffs_of(session_, stream_, work, senders(), request_.tests);
    result_.handoffs = store::add_handoffs(session_.state(), handoffs);
    step_done(watch_, "handed on");
  }

  void mark(const StreamWork& work) {
    const core::Instant now = store::now();
    store::change_streams(session_.state(), [&](store::Streams& streams) {
      StreamRecord* record = streams.find(stream_.id);
      if (record == nullptr) return;
      for (const AgentId& agent : agents()) {
        if (!record->completed(agent)) record->completed_agents.emplace_back(agent, now);
      }
      if (request_.agent) return;
      record->status = StreamStatus::completed;
      record->completed_at = now;
      record->completed_tip = work.tip;
    });
    if (!request_.agent) result_.status = StreamStatus::completed;
    step_done(watch_, "marked");
  }

  void finish_the_tasks() {
    for (const AgentId& agent : agents()) {
      for (std::string& title : finish_tasks(session_, agent)) {
        result_.tasks.push_back(std::move(title));
        step_done(watch_, "task done");
      }
    }
  }

  void log_handoffs() {
    if (said_.empty()) return;
    StreamLog log(session_, stream_.id);
    const std::vector<std::string> names = senders();
    for (const Handoff& handoff : store::read_handoffs(session_.state())) {
      const bool ours = std::find(names.begin(), names.end(), handoff.from_agent) != names.end();
      if (!ours || handoff.commit != said_) continue;
      log.add_once(handoff.from_agent, "handoff",
                   {{"to", json_list(handoff.to_agents)},
                    {"tasks", json_list(handoff.completed_tasks)},
                    {"commit", app::json_text(said_)}},
                   {"to", "tasks", "commit"});
      step_done(watch_, "handoff logged");
    }
  }

  void log_completion(const StreamWork& work) {
    const std::vector<std::string> owners = owners_of(session_, stream_, work);
    StreamLog log(session_, stream_.id);
    for (const std::string& name : senders()) {
      const bool whole = name == stream_sender(stream_.id);
      const auto files =
          whole ? owners.size()
                : static_cast<std::size_t>(std::count(owners.begin(), owners.end(), name));
      std::vector<std::pair<std::string, std::string>> fields{
          {"commit", app::json_text(said_.empty() ? work.tip.hex() : said_)},
          {"files_modified", std::to_string(files)}};
      if (!request_.tests.empty())
        fields.emplace_back("test_status", app::json_text(request_.tests));
      // Agents that said so themselves have their line.
      const bool any_line = said_.empty() || (!request_.agent && !whole);
      const std::vector<std::string_view> same =
          any_line ? std::vector<std::string_view>{} : std::vector<std::string_view>{"commit"};
      log.add_once(name, "completed", std::move(fields), same);
      step_done(watch_, "completion logged");
    }
  }

  // Said before it is done: doing both again says nothing twice.
  void release_locks() {
    const std::vector<std::string> names = senders();
    StreamLog log(session_, stream_.id);
    for (const core::Lock& lock : store::read_locks(session_.state())) {
      const auto holder = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
        return core::same_holder(name, lock.agent);
      });
      if (holder == names.end()) continue;
      log.add_once(*holder, "released",
                   {{"file", app::json_path_text(lock.path)},
                    {"generation", std::to_string(lock.generation)}},
                   {"file", "generation"});
      step_done(watch_, "release logged");
      const std::vector<std::string> path{lock.path};
      const auto outcome =
          store::release(session_.state(), path, lock.agent, false, session_.now());
      result_.released.insert(result_.released.end(), outcome.released.begin(),
                              outcome.released.end());
      step_done(watch_, "released");
    }
  }

  void look_ahead() {
    const store::Streams streams = store::read_streams(session_.state());
    const core::Policy& policy = session_.policy();
    for (const StreamSpec& other : policy.streams) {
      for (const core::AgentSpec& agent : other.agents) {
        const bool follows = request_.agent && std::find(agent.after.begin(), agent.after.end(),
                                                         *request_.agent) != agent.after.end();
        if (follows && !agent_done(policy, streams, agent.id) &&
            missing_agents(policy, streams, agent).empty())
          result_.can_go_on.push_back(agent.id);
      }
      const auto& needs = other.depends_on;
      const bool depends = std::find(needs.begin(), needs.end(), stream_.id) != needs.end();
      if (request_.agent || !depends || streams.status(other.id) != StreamStatus::waiting) continue;
      auto missing = missing_dependencies(policy, streams, other);
      if (missing.empty()) {
        result_.can_start.push_back(other.id);
      } else {
        result_.waiting.push_back({other.id, std::move(missing)});
      }
    }
  }

  app::Session& session_;
  const CompletionRequest& request_;
  const StreamSpec& stream_;
  const StepWatch& watch_;
  Completion result_;
  std::string said_;  // the commit that handoffs and log lines name
};

}  // namespace

Completion complete(app::Session& session, const CompletionRequest& request,
                    const StepWatch& watch) {
  const Turn turn(session.repository().layout());
  session.forget();  // whoever had the turn before may have changed it
  const StreamSpec* stream = session.policy().find_stream(request.stream);
  if (stream == nullptr) {
    throw Error(ExitCode::usage,
                "the policy has no stream '" + core::printable(request.stream.str()) + "'",
                "git stream status");
  }
  return Completing(session, request, *stream, watch).run();
}

}  // namespace gs::streams
