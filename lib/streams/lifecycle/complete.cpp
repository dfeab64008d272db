#include "lib/streams/lifecycle/complete.h"

#include <algorithm>

#include "lib/app/full_check.h"
#include "lib/app/verdict_text.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/json_writer.h"
#include "lib/core/scope.h"
#include "lib/core/text.h"
#include "lib/platform/process_mark.h"
#include "lib/store/clock.h"
#include "lib/store/locks.h"
#include "lib/store/streams.h"
#include "lib/streams/lifecycle/handoff_derivation.h"
#include "lib/streams/lifecycle/tasks.h"
#include "lib/streams/recovery.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using core::Identity;

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& next) {
  throw Error(ExitCode::findings, what, next);
}

class Checks {
 public:
  Checks(app::Session& session, const CompletionRequest& request, const core::StreamSpec& stream,
         const store::StreamRecord& record, const conflicts::StreamWork& work)
      : session_(session),
        request_(request),
        stream_(stream),
        record_(record),
        work_(work),
        scopes_(session.policy(), {stream.id, request.agent, Identity::Source::none},
                session.repository().ignore_case()) {}

  void run() const {
    check_order();
    check_running();
    check_worktree();
    check_gates();
  }

 private:
  std::string who() const {
    return request_.agent ? request_.agent->full() : "stream " + stream_.id.str();
  }

  std::string again() const {
    return "git stream complete " +
           (request_.agent ? request_.agent->short_name() : stream_.id.str());
  }

  void check_order() const {
    const core::AgentSpec* spec =
        request_.agent ? session_.policy().find_agent(*request_.agent) : nullptr;
    if (spec == nullptr) return;
    const auto streams = store::read_streams(session_.state());
    const auto missing = conflicts::missing_agents(session_.policy(), streams, *spec);
    if (missing.empty()) return;
    std::string names;
    for (const core::AgentId& agent : missing) names += (names.empty() ? "" : ", ") + agent.full();
    refuse(who() + " comes after " + names + ", which " + (missing.size() == 1 ? "is" : "are") +
               " not complete",
           "git stream complete " + missing.front().short_name());
  }

  // An agent may say of itself that it is done while its command is still running.
  void check_running() const {
    if (request_.anyway) return;
    const auto& self = session_.identity().agent;
    for (const store::AgentRun& run : record_.runs) {
      const bool concerned = !request_.agent || run.agent == *request_.agent;
      if (!concerned || run.ended_at || run.agent == self) continue;
      if (platform::liveness(run.process) == platform::Liveness::ended) continue;
      refuse(run.agent.full() + " is still running (pid " + std::to_string(run.process.pid) + ")",
             "wait for it, or " + again() + " --anyway");
    }
  }

  fs::path worktree() const {
    const git::Layout& layout = session_.repository().layout();
    const std::string path = record_.worktree.empty()
                                 ? conflicts::worktree_for(layout, session_.policy(), stream_)
                                 : record_.worktree;
    return conflicts::absolute_worktree(layout, path);
  }

  void check_worktree() const {
    const fs::path folder = worktree();
    const auto found = worktree_at(session_.repository(), folder);
    if (!found) {
      refuse("the worktree of stream " + stream_.id.str() + ", " +
                 core::quote_path(folder.native()) +
                 ", is gone: what was not committed is not known",
             "git stream start " + stream_.id.str());
    }
    const std::string there = "git -C " + core::quote_shell(folder.native());
    const auto operation = unfinished(*found);
    if (!request_.agent && operation)
      refuse(*operation + " is under way in the worktree of " + who(), there + " status");
    if (!request_.agent && found->branch != work_.branch) {
      const std::string branch = work_.branch.str();
      refuse("the worktree of " + who() + " is " +
                 (found->branch ? "on " + core::printable(found->branch->str()) : "detached") +
                 ", not on " + core::printable(branch),
             there + " switch " + core::quote_shell(branch));
    }
    check_clean(*found, there);
  }

  // Others may have work in hand in the same worktree: an agent answers for its own.
  bool concerns(const std::string& path, const core::LockTable& locks) const {
    if (!request_.agent) return true;
    const core::Standing standing = scopes_.place(path).standing;
    const bool ignore_case = session_.repository().ignore_case();
    return standing == core::Standing::mine ||
           (standing != core::Standing::foreign &&
            std::any_of(locks.begin(), locks.end(), [&](const core::Lock& lock) {
              return core::same_holder(lock.agent, request_.agent->full()) &&
                     core::covers(lock, path, ignore_case);
            }));
  }

  void check_clean(const git::Worktree& found, const std::string& there) const {
    constexpr std::size_t kNamed = 10;
    const core::LockTable locks = store::read_locks(session_.state());
    std::vector<std::string> paths = uncommitted(found, Untracked::each);
    std::erase_if(paths, [&](const std::string& path) { return !concerns(path, locks); });
    if (paths.empty()) return;
    std::string text =
        who() + " is not complete: " + core::counted(paths.size(), "path") + " not committed";
    for (std::size_t i = 0; i < paths.size() && i < kNamed; ++i)
      text += "\n  " + core::quote_path(paths[i]);
    if (paths.size() > kNamed)
      text += "\n  … and " + std::to_string(paths.size() - kNamed) + " more";
    refuse(text, there + " status, then commit or remove them");
  }

  // Locks are for changing: what is committed is judged without those that the stream's own agents
  // hold, and without asking again for locks that were needed then.
  bool still_wrong(const core::Finding& finding, const core::LockTable& locks) const {
    if (finding.severity != core::Severity::block) return false;
    if (finding.rule == core::Rule::unowned)
      return session_.policy().rules.unowned == core::Unowned::block;
    if (request_.agent && scopes_.place(finding.path).standing != core::Standing::mine)
      return false;
    if (finding.rule != core::Rule::lock) return true;
    return std::any_of(locks.begin(), locks.end(), [&](const core::Lock& lock) {
      return lock.live(session_.now()) && !own_holder(lock.agent) &&
             core::covers(lock, finding.path, session_.repository().ignore_case());
    });
  }

  bool own_holder(const std::string& holder) const {
    const auto agent = core::AgentId::parse(holder);
    const core::StreamSpec* home = agent ? session_.policy().stream_of(*agent) : nullptr;
    return home == &stream_ || core::same_holder(holder, "stream-" + stream_.id.str());
  }

  void check_gates() const {
    const Identity asking = session_.identity();
    const Identity as{stream_.id, std::nullopt, Identity::Source::branch};
    session_.act_as(as);
    app::FullCheck check;
    try {
      check = app::check_range(session_, work_.base, work_.tip, work_.branch.str());
    } catch (...) {
      session_.act_as(asking);
      throw;
    }
    session_.act_as(asking);
    const core::LockTable locks = store::read_locks(session_.state());
    core::Verdict verdict;
    for (const report::Entry& entry : check.entries) {
      if (!entry.accepted && still_wrong(entry.finding, locks))
        verdict.findings.push_back(entry.finding);
    }
    if (verdict.findings.empty()) return;
    constexpr std::string_view kPrefix = "git-stream: ";
    const Identity spoken{stream_.id, request_.agent, Identity::Source::branch};
    std::string text = app::verdict_text(verdict, spoken, "completion").substr(kPrefix.size());
    text.pop_back();
    refuse(text, "git stream check --range " +
                     core::quote_shell(session_.policy().integration_branch.str() + ".." +
                                       work_.branch.str()));
  }

  app::Session& session_;
  const CompletionRequest& request_;
  const core::StreamSpec& stream_;
  const store::StreamRecord& record_;
  const conflicts::StreamWork& work_;
  const core::ScopeMap scopes_;
};

}  // namespace

void check_completion(app::Session& session, const CompletionRequest& request,
                      const core::StreamSpec& stream, const store::StreamRecord& record,
                      const conflicts::StreamWork& work) {
  Checks(session, request, stream, record, work).run();
}

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
    const conflicts::StreamWork work = work_now(record);
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

  conflicts::StreamWork work_now(const StreamRecord& record) const {
    auto work = conflicts::work_of(session_, stream_.id, conflicts::integration_tip(session_));
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
  bool already(const StreamRecord& record, const conflicts::StreamWork& work) const {
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
  void hand_on(const conflicts::StreamWork& work) {
    const auto handoffs = handoffs_of(session_, stream_, work, senders(), request_.tests);
    result_.handoffs = store::add_handoffs(session_.state(), handoffs);
    step_done(watch_, "handed on");
  }

  void mark(const conflicts::StreamWork& work) {
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

  void log_completion(const conflicts::StreamWork& work) {
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
        if (follows && !conflicts::agent_done(policy, streams, agent.id) &&
            conflicts::missing_agents(policy, streams, agent).empty())
          result_.can_go_on.push_back(agent.id);
      }
      const auto& needs = other.depends_on;
      const bool depends = std::find(needs.begin(), needs.end(), stream_.id) != needs.end();
      if (request_.agent || !depends || streams.status(other.id) != StreamStatus::waiting) continue;
      auto missing = conflicts::missing_dependencies(policy, streams, other);
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
  const RepositoryLock turn(session.repository().layout());
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
