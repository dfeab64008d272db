#include "lib/streams/lifecycle/start.h"

#include <algorithm>

#include "lib/agents/settings/agent_settings.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_branches.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/install/git_config.h"
#include "lib/install/installation.h"
#include "lib/install/state_place.h"
#include "lib/session/identity.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"
#include "lib/streams/lifecycle/ai_ignore.h"
#include "lib/streams/lifecycle/worktree_location.h"
#include "lib/streams/lifecycle/worktree_setup.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;

// Without a committed policy nobody's scope would be judged in the new worktree.
core::ObjectId base_for(session::Session& session) {
  const auto& pinned = session.pinned();
  if (!pinned) throw Error(ExitCode::usage, "there is no policy yet", "git stream init");
  const std::string& branch = session.policy().integration_branch.str();
  const std::string file(core::kPolicyFile);
  const std::string commit = "git add " + file + " && git commit -m 'Add the streams'";
  const bool unborn =
      !session.repository().resolve("refs/heads/" + branch) && !session.repository().head();
  if (unborn) throw Error(ExitCode::usage, "the repository has no commit yet", commit);
  const core::ObjectId tip = conflicts::integration_tip(session);
  if (pinned->origin == policy::PinnedPolicy::Origin::worktree)
    throw Error(ExitCode::usage, file + " is not committed on " + branch + " yet", commit);
  return tip;
}

// How the state names a worktree: as the policy does where that is it, else as it stands.
std::string recorded_path(session::Session& session, const WorktreeOwner& owner,
                          const fs::path& path) {
  const git::Layout& layout = session.repository().layout();
  const core::Policy& policy = session.policy();
  const std::string usual =
      owner.agent != nullptr
          ? conflicts::agent_worktree_for(layout, policy, owner.stream, *owner.agent)
          : conflicts::worktree_for(layout, policy, owner.stream);
  return git::real_path(conflicts::absolute_worktree(layout, usual)) == path ? usual
                                                                             : path.string();
}

// What starting a stream would do, found before anything is done.
struct StartPlan {
  const StreamSpec* stream = nullptr;      // of the session's policy
  const core::AgentSpec* agent = nullptr;  // whose worktree; none: the stream's
  WorktreeLocation location;
  bool fresh = false;              // a new round: its record begins anew
  bool first = true, last = true;  // of the stream's plans
  bool finished = false;           // completed already: nothing is to be done
  StreamStatus status{};           // as recorded
  std::vector<StreamId> unmerged;  // of its dependencies

  WorktreeOwner owner() const { return {*stream, agent}; }
};

std::optional<core::Instant> last_logged_start(session::Session& session, const StreamId& stream) {
  state::LogFilter filter;
  filter.action = "started";
  filter.stream = stream.str();
  filter.agent = core::Identity{stream, std::nullopt, core::Identity::Source::worktree}.name();
  filter.last = 1;
  const auto found = state::read_log(session.state().activity(), filter);
  if (found.lines.empty()) return std::nullopt;
  return found.lines.front().activity.time;
}

// Whether the log has the line of the stream's present round.
bool start_is_logged(session::Session& session, const state::StreamRecord& record) {
  const auto last = last_logged_start(session, record.id);
  return last && record.started_at && *last >= *record.started_at;
}

std::string title_of(const core::Policy& policy, const StreamId& id) {
  const StreamSpec* stream = policy.find_stream(id);
  return stream != nullptr ? conflicts::titled(*stream) : id.str();
}

// "A (Foundation), B (Observability) and C (Analytics)"
std::string listed(const core::Policy& policy, const std::vector<StreamId>& streams) {
  std::string text;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (i > 0) text += i + 1 == streams.size() ? " and " : ", ";
    text += title_of(policy, streams[i]);
  }
  return text;
}

std::variant<StartPlan, StartRefusal> plan_start(session::Session& session,
                                                 const conflicts::StreamsNow& now,
                                                 const StreamSpec& stream,
                                                 const core::AgentSpec* agent, bool again) {
  const core::Policy& policy = session.policy();
  const state::StreamRecord* record = now.recorded.find(stream.id);
  StartPlan plan;
  plan.stream = &stream;
  plan.agent = agent;
  plan.status = now.recorded.status(stream.id);
  plan.fresh = plan.status == StreamStatus::waiting || (again && is_done(plan.status));
  if (plan.status == StreamStatus::merged && !again)
    return StartRefusal{
        stream.id, {}, "it is merged already", "git stream start --again " + stream.id.str()};
  if (plan.status == StreamStatus::completed && !again) {
    plan.finished = true;
    plan.location.branch = record->branch;
    plan.location.path =
        conflicts::absolute_worktree(session.repository().layout(), record->worktree);
    return plan;
  }
  const auto missing = plan.fresh ? conflicts::missing_dependencies(policy, now.streams, stream)
                                  : std::vector<StreamId>{};
  if (!missing.empty())
    return StartRefusal{
        stream.id, missing,
        listed(policy, missing) + (missing.size() == 1 ? " is not complete" : " are not complete"),
        conflicts::way_to_start(policy, now.streams, stream)};
  const WorktreeOwner owner = plan.owner();
  if (agent != nullptr && !conflicts::rule_has_slug(policy))
    return StartRefusal{stream.id,
                        {},
                        "the policy's naming rule has no {slug}: its agents' branches would have "
                        "one name",
                        "let 'branch' in the policy have {slug}"};
  if (WorktreeRecord::pending(session.repository().layout(), owner))
    WorktreeRecord(session.repository().layout(), owner);  // git may still be at it
  // A stream that was merged begins anew, under the names that the policy gives now.
  const bool named = record != nullptr && plan.status != StreamStatus::merged;
  auto location = locate_worktree(session, owner, named ? record : nullptr);
  if (const auto* refusal = std::get_if<Refusal>(&location))
    return StartRefusal{stream.id, {}, refusal->reason, refusal->next};
  plan.location = std::get<WorktreeLocation>(std::move(location));
  const auto by_name = core::stream_of_branch(policy, plan.location.branch);
  if (by_name && *by_name != stream.id)
    return StartRefusal{stream.id,
                        {},
                        "its branch " + plan.location.branch.str() + " would belong to stream " +
                            title_of(policy, *by_name),
                        "let 'branch' in the policy make other names"};
  if (plan.fresh) plan.unmerged = conflicts::unmerged_dependencies(policy, now.streams, stream);
  return plan;
}

// Whether each agent of a stream gets a branch and a worktree.
bool starts_agents(session::Session& session, const state::Streams& streams,
                   const StreamSpec& stream, const StartRequest& request) {
  if (stream.agents.empty()) return false;
  const state::StreamRecord* record = streams.find(stream.id);
  const bool new_round = record == nullptr || record->status == StreamStatus::waiting ||
                         record->status == StreamStatus::merged;
  const bool so_far = !new_round && std::ranges::any_of(record->branches, [](const auto& branch) {
    return branch.agent && !branch.worktree.empty();
  });
  const bool shared = !new_round && !record->worktree.empty() && !so_far;  // by an earlier start
  const bool by_policy = session.policy().worktrees == core::Worktrees::agent;
  return request.per_agent || so_far || (by_policy && !shared);
}

// One for the stream, or one for each of its agents.
std::variant<std::vector<StartPlan>, StartRefusal> plan_stream(session::Session& session,
                                                               const conflicts::StreamsNow& now,
                                                               const StreamSpec& stream,
                                                               const StartRequest& request) {
  std::vector<const core::AgentSpec*> agents{nullptr};
  if (starts_agents(session, now.recorded, stream, request)) {
    agents.clear();
    for (const core::AgentSpec& agent : stream.agents) agents.push_back(&agent);
  }
  std::vector<StartPlan> plans;
  for (const core::AgentSpec* agent : agents) {
    auto plan = plan_start(session, now, stream, agent, request.again);
    if (auto* refusal = std::get_if<StartRefusal>(&plan)) return std::move(*refusal);
    plans.push_back(std::get<StartPlan>(std::move(plan)));
    plans.back().first = plans.size() == 1;
    plans.back().last = plans.size() == agents.size();
    if (!plans.back().first) plans.back().unmerged.clear();  // said once
    if (plans.back().finished) break;
  }
  return plans;
}

// What the steps of one start have in common.
struct StartContext {
  session::Session& session;
  const StartPlan& plan;
  const core::ObjectId& base;  // where the branch begins
  const StepWatch& watch;

  const git::Layout& layout() const { return session.repository().layout(); }
};

// What a step has done.
struct StepEffect {
  bool repaired = false;           // something was missing or wrong
  std::vector<std::string> notes;  // what is worth telling
};

// A worktree below the main one would be listed there as new, and could be added.
void keep_out_of_main_worktree(const git::Layout& layout, const fs::path& worktree) {
  if (!layout.main_worktree) return;
  const std::string below = worktree.lexically_relative(*layout.main_worktree).generic_string();
  if (below.empty() || below == "." || below.starts_with("..")) return;
  install::exclude(layout, "/" + core::literal_pattern(below) + "/", "a stream's worktree");
}

struct SetUp {
  WorktreeLocation location;
  StepEffect result;
};

SetUp set_up(const StartContext& context) {
  const WorktreeLocation& planned = context.plan.location;
  const WorktreeOwner owner = context.plan.owner();
  const bool present = planned.state == WorktreeLocation::State::present;
  SetUp done{planned, {}};
  if (!present || WorktreeRecord::pending(context.layout(), owner)) {
    keep_out_of_main_worktree(context.layout(), planned.path);
    WorktreeRecord record(context.layout(), owner);
    WorktreeSetup setup =
        set_up_worktree(context.session, owner, planned, context.base, record, context.watch);
    record.finish();
    step_done(context.watch, "mark removed");
    done = {std::move(setup.location), {!present, std::move(setup.notes)}};
  } else if (context.plan.fresh) {
    WorktreeSetup setup = catch_up(context.session, planned, context.base, context.watch);
    done = {std::move(setup.location), {false, std::move(setup.notes)}};
  }
  const WorktreeLocation& location = done.location;
  if (location.other)
    done.result.notes.push_back("it has branch " + core::printable(location.other->str()) +
                                " checked out, not " + location.branch.str());
  if (location.detached)
    done.result.notes.push_back("it has no branch checked out, not " + location.branch.str());
  return done;
}

// Just now, with all that the base has, and nothing else.
bool made_anew(const StartContext& context, const WorktreeLocation& location) {
  return context.plan.location.state == WorktreeLocation::State::absent &&
         location.tip == context.base;
}

StepEffect enrol(const StartContext& context, const WorktreeLocation& location) {
  StepEffect result;
  const session::Enrolment wanted = context.plan.owner().enrolment();
  const auto now = enrolment_of(context.session.policy(), location.git_dir);
  // Whoever has enrolled one agent in the stream's own worktree meant it.
  if (!now || now->stream != wanted.stream || (wanted.agent && now->agent != wanted.agent)) {
    session::write_enrolment(location.git_dir, wanted);
    result.repaired = true;
    step_done(context.watch, "enrolled");
  }
  const std::string& state_dir = context.session.policy().state_dir;
  const bool may_be_tracked =
      !made_anew(context, location) ||
      context.session.repository().entry(context.base, state_dir).has_value();
  if (install::make_link(context.layout(), location.path, state_dir, may_be_tracked)) {
    result.repaired = true;
  }
  // Where each worktree has settings of its own, hooks may be looked for elsewhere.
  if (!install::install_hooks(worktree_layout(context.layout(), location)).empty()) {
    result.repaired = true;
    step_done(context.watch, "hooks installed");
  }
  return result;
}

core::Identity identity_in(const StartContext& context, const WorktreeLocation& location) {
  session::Enrolment who = context.plan.owner().enrolment();
  // Whoever has enrolled one agent in the stream's own worktree meant it.
  if (const auto now = enrolment_of(context.session.policy(), location.git_dir);
      now && now->agent && now->stream == who.stream)
    who = *now;
  return {context.plan.stream->id, who.agent, core::Identity::Source::worktree};
}

StepEffect write_ignore_file(const StartContext& context, const WorktreeLocation& location) {
  const core::Identity who = identity_in(context, location);
  const AiIgnoreReader reader{
      *context.plan.stream, who.agent ? context.session.policy().find_agent(*who.agent) : nullptr};
  const std::string file(core::kAiIgnoreFile);
  switch (renew_ai_ignore(context.session, worktree_layout(context.layout(), location), reader,
                          context.base, made_anew(context, location))) {
    case AiIgnore::written:
      step_done(context.watch, file + " written");
      return {true, {"updated " + file}};
    case AiIgnore::tracked:
      return {false, {"the repository has its own " + file + ": it is left as it is"}};
    case AiIgnore::foreign:
      return {false, {"the " + file + " there was not written by git stream: it is left as it is"}};
    case AiIgnore::unchanged:
      break;
  }
  return {};
}

StepEffect write_agent_settings(const StartContext& context, const WorktreeLocation& location) {
  std::vector<const agents::SettingsForm*> forms;
  for (const std::string& name : context.session.policy().agent_hooks)
    forms.push_back(agents::find_form(name));
  if (forms.empty()) return {};
  auto done = agents::install_settings(worktree_layout(context.layout(), location), forms);
  if (done.empty()) return {};
  step_done(context.watch, "agents' settings written");
  return {true, std::move(done)};
}

// The branch of one agent among those of the record; what was one branch before is one of several.
void record_branch(const StartContext& context, const WorktreeLocation& location,
                   state::StreamRecord& record) {
  const auto of_agent = [&](const state::BranchRecord& branch) {
    return context.plan.agent != nullptr ? branch.agent == context.plan.agent->id
                                         : branch.branch == location.branch;
  };
  auto known = std::find_if(record.branches.begin(), record.branches.end(), of_agent);
  if (context.plan.agent == nullptr && record.branches.empty()) return;
  if (record.branches.empty() && !record.branch.str().empty() && !context.plan.fresh)
    record.branches.push_back({record.branch, record.worktree, {}, record.completed_tip});
  known = std::find_if(record.branches.begin(), record.branches.end(), of_agent);
  if (known == record.branches.end()) known = record.branches.emplace(record.branches.end());
  known->branch = location.branch;
  known->worktree = recorded_path(context.session, context.plan.owner(), location.path);
  known->agent =
      context.plan.agent != nullptr ? std::optional(context.plan.agent->id) : std::nullopt;
}

// The stream's record from `begin` on.
void change_record(const StartContext& context, const WorktreeLocation& location,
                   core::Instant begin, state::Streams& streams) {
  const StreamSpec& stream = *context.plan.stream;
  state::StreamRecord* record = streams.find(stream.id);
  if (record == nullptr) {
    streams.records.emplace_back();
    record = &streams.records.back();
  }
  if (context.plan.fresh && context.plan.first) {
    for (const auto& time : {record->started_at, record->completed_at, record->merged_at}) {
      if (time) begin = std::max(begin, *time + core::Seconds(1));
    }
    *record = {};
    record->id = stream.id;
  }
  if (!record->started_at) record->started_at = begin;
  record->status = StreamStatus::in_progress;
  record_branch(context, location, *record);
  if (context.plan.agent == nullptr || record->branch.str().empty()) {
    record->worktree = recorded_path(context.session, context.plan.owner(), location.path);
    record->branch = location.branch;
  }
  record->agents.clear();
  for (const core::AgentSpec& agent : stream.agents) record->agents.push_back(agent.id);
  if (!streams.started_at) streams.started_at = record->started_at;
}

void log_start(const state::StateDir& state, const state::StreamRecord& record) {
  core::JsonWriter agents;
  agents.begin_array();
  for (const core::AgentId& agent : record.agents) agents.value(agent.short_name());
  agents.end_array();
  const core::Identity who{record.id, std::nullopt, core::Identity::Source::worktree};
  state::append(state.activity(), {std::max(state::now(), *record.started_at),
                                   who.name(),
                                   record.id.str(),
                                   "started",
                                   {{"branch", state::json_path_text(record.branch.str())},
                                    {"worktree", state::json_path_text(record.worktree)},
                                    {"agents", agents.take()}}});
}

struct Recorded {
  bool changed = false;  // the record
  bool logged = false;   // now: the round had no line yet
};

Recorded record_start(const StartContext& context, const WorktreeLocation& location) {
  Recorded done;
  const StreamId& stream = context.plan.stream->id;
  // The line in the log is told from that of the round before by its time.
  core::Instant begin = state::now();
  const auto last = last_logged_start(context.session, stream);
  if (context.plan.fresh && context.plan.first && last)
    begin = std::max(begin, *last + core::Seconds(1));
  const state::Streams after =
      state::change_streams(context.session.state(), [&](state::Streams& streams) {
        const state::Streams before = streams;
        change_record(context, location, begin, streams);
        done.changed = streams != before;
      });
  if (done.changed) step_done(context.watch, "recorded");
  const state::StreamRecord& record = *after.find(stream);
  if (!context.plan.last) return done;  // an interrupted start is one without its line
  if (start_is_logged(context.session, record)) return done;
  log_start(context.session.state(), record);
  done.logged = true;
  step_done(context.watch, "logged");
  return done;
}

Started start_stream(const StartContext& context) {
  const StartPlan& plan = context.plan;
  Started started;
  started.stream = plan.stream->id;
  if (plan.agent != nullptr) started.agent = plan.agent->id;
  started.unmerged = plan.unmerged;
  started.status = plan.finished ? plan.status : StreamStatus::in_progress;
  started.worktree = plan.location.path;
  started.branch = plan.location.branch;
  started.identity = identity_in(context, plan.location);
  if (plan.finished) return started;
  bool repaired = false;
  const auto add = [&](const StepEffect& result) {
    repaired = repaired || result.repaired;
    started.notes.insert(started.notes.end(), result.notes.begin(), result.notes.end());
  };
  const SetUp made = set_up(context);
  add(made.result);
  add(enrol(context, made.location));
  StepEffect ignored = write_ignore_file(context, made.location);
  if (ignored.repaired && repaired) ignored.notes.clear();  // it belongs to what was made anew
  add(ignored);
  add(write_agent_settings(context, made.location));
  const Recorded recorded = record_start(context, made.location);
  started.worktree = made.location.path;
  started.branch = made.location.branch;
  started.identity = identity_in(context, made.location);
  const bool anew = plan.agent != nullptr && plan.location.state == WorktreeLocation::State::absent;
  if (recorded.logged || anew) {
    started.outcome = Started::Outcome::started;
  } else if (repaired || recorded.changed) {
    started.outcome = Started::Outcome::repaired;
  }
  return started;
}

// Asked for by name, or all that is ready and all that was interrupted before its last step.
std::vector<const core::StreamSpec*> asked_for(session::Session& session,
                                               const StartRequest& request,
                                               const conflicts::StreamsNow& now) {
  const core::Policy& policy = session.policy();
  std::vector<const core::StreamSpec*> asked;
  const auto ask = [&](const core::StreamId& id) {
    const core::StreamSpec* stream = policy.find_stream(session::known_stream(policy, id.str()));
    if (std::find(asked.begin(), asked.end(), stream) == asked.end()) asked.push_back(stream);
  };
  for (const core::StreamId& id : request.streams) ask(id);
  if (!request.ready) return asked;
  for (const core::StreamId& id : conflicts::ready_streams(policy, now.streams)) ask(id);
  for (const core::StreamSpec& stream : policy.streams) {
    const state::StreamRecord* record = now.recorded.find(stream.id);
    const bool begun = record != nullptr && record->status == StreamStatus::in_progress;
    if (begun && !start_is_logged(session, *record)) ask(stream.id);
  }
  return asked;
}

}  // namespace

StartReport start_streams(session::Session& session, const StartRequest& request,
                          const std::function<void(const Started&)>& each, const StepWatch& watch) {
  const RepositoryLock lock(session.repository().layout());
  session.forget();  // whoever had the lock before may have changed it
  const core::ObjectId base = base_for(session);
  const conflicts::StreamsNow now = conflicts::streams_now(session);
  StartReport report;
  std::vector<StartPlan> plans;
  for (const core::StreamSpec* stream : asked_for(session, request, now)) {
    auto planned = plan_stream(session, now, *stream, request);
    if (auto* refusal = std::get_if<StartRefusal>(&planned)) {
      report.refused.push_back(std::move(*refusal));
      continue;
    }
    for (StartPlan& plan : std::get<std::vector<StartPlan>>(planned))
      plans.push_back(std::move(plan));
  }
  if (!report.refused.empty() || plans.empty()) return report;
  for (const StartPlan& plan : plans)
    install::require_may_start(session, plan.stream->id, plan.location.git_dir);
  install::set_up_repository(session, install::Occasion::start);
  step_done(watch, "repository set up");
  for (const StartPlan& plan : plans) {
    report.started.push_back(start_stream({session, plan, base, watch}));
    if (each) each(report.started.back());
  }
  return report;
}

}  // namespace gs::streams
