#include "lib/streams/lifecycle/start.h"

#include <algorithm>

#include "lib/agents/installation.h"
#include "lib/app/enrolment.h"
#include "lib/app/git_command.h"
#include "lib/app/installation.h"
#include "lib/app/setup.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/json_writer.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/store/clock.h"
#include "lib/store/journal.h"
#include "lib/streams/lifecycle/ai_ignore.h"
#include "lib/streams/lifecycle/worktree_setup.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using core::StreamStatus;

// Without a committed policy nobody's scope would be judged in the new worktree.
core::ObjectId base_for(app::Session& session) {
  const auto& pinned = session.pinned();
  if (!pinned) throw Error(ExitCode::usage, "there is no policy yet", "git stream init");
  const std::string& branch = session.policy().integration_branch.str();
  const std::string file(core::kPolicyFile);
  const std::string commit = "git add " + file + " && git commit -m 'Add the streams'";
  const bool unborn =
      !session.repository().resolve("refs/heads/" + branch) && !session.repository().head();
  if (unborn) throw Error(ExitCode::usage, "the repository has no commit yet", commit);
  const core::ObjectId tip = conflicts::integration_tip(session);
  if (pinned->origin == app::PinnedPolicy::Origin::worktree)
    throw Error(ExitCode::usage, file + " is not committed on " + branch + " yet", commit);
  return tip;
}

// How the state names a worktree: as the policy does where that is it, else as it stands.
std::string recorded_path(app::Session& session, const core::StreamSpec& stream,
                          const fs::path& path) {
  const git::Layout& layout = session.repository().layout();
  const std::string usual = conflicts::worktree_for(layout, session.policy(), stream);
  return git::real_path(conflicts::absolute_worktree(layout, usual)) == path ? usual
                                                                             : path.string();
}

class Start {
 public:
  Start(app::Session& session, StartPlan plan, const core::ObjectId& base, const StepWatch& watch)
      : session_(session),
        plan_(std::move(plan)),
        base_(base),
        watch_(watch),
        layout_(session.repository().layout()) {}

  Started run() {
    result_.stream = plan_.stream->id;
    result_.unmerged = plan_.unmerged;
    result_.status = plan_.finished ? plan_.status : StreamStatus::in_progress;
    if (!plan_.finished) {
      set_up();
      enrol();
      tell_tools();
      tell_agents();
      record();
    }
    result_.worktree = plan_.location.path;
    result_.branch = plan_.location.branch;
    return std::move(result_);
  }

 private:
  void mended() {
    if (result_.outcome == Started::Outcome::unchanged)
      result_.outcome = Started::Outcome::repaired;
  }

  void note(const std::vector<std::string>& notes) {
    result_.notes.insert(result_.notes.end(), notes.begin(), notes.end());
  }

  void set_up() {
    WorktreeLocation& location = plan_.location;
    const core::StreamId& stream = plan_.stream->id;
    const bool standing = location.state == WorktreeLocation::State::present;
    if (!standing || WorktreeRecord::pending(layout_, stream)) {
      keep_out_of_main_worktree();
      WorktreeRecord making(layout_, stream);
      note(set_up_worktree(session_, stream, location, base_, making, watch_));
      making.finish();
      step_done(watch_, "mark removed");
      if (!standing) mended();
    } else if (plan_.fresh) {
      note(catch_up(session_, location, base_, watch_));
    }
    if (location.other)
      note({"it has branch " + core::printable(location.other->str()) + " checked out, not " +
            location.branch.str()});
    if (location.detached) note({"it has no branch checked out, not " + location.branch.str()});
  }

  // A worktree below the main one would be listed there as new, and could be added.
  void keep_out_of_main_worktree() const {
    if (!layout_.main_worktree) return;
    const std::string below =
        plan_.location.path.lexically_relative(*layout_.main_worktree).generic_string();
    if (below.empty() || below == "." || below.starts_with("..")) return;
    app::exclude(layout_, "/" + core::literal_pattern(below) + "/", "a stream's worktree");
  }

  void enrol() {
    const WorktreeLocation& location = plan_.location;
    if (enrolled_stream(session_.policy(), location.git_dir) != plan_.stream->id) {
      app::write_enrolment(location.git_dir, {plan_.stream->id, std::nullopt});
      mended();
      step_done(watch_, "enrolled");
    }
    // Where each worktree has settings of its own, hooks may be looked for elsewhere.
    if (!app::install_hooks(worktree_layout(layout_, location)).empty()) {
      mended();
      step_done(watch_, "hooks installed");
    }
  }

  void tell_tools() {
    const git::Repository& repository = session_.repository();
    const auto is_folder = [&](std::string_view path) {
      const auto entry = repository.entry(base_, path);
      return entry && entry->mode == core::mode::tree;
    };
    const std::string text =
        ai_ignore(session_.policy(), *plan_.stream, repository.ignore_case(), is_folder);
    const std::string file(core::kAiIgnoreFile);
    switch (write_ai_ignore(worktree_layout(layout_, plan_.location), text)) {
      case AiIgnore::written:
        if (result_.outcome == Started::Outcome::unchanged)
          note({"brought " + file + " up to date"});
        mended();
        step_done(watch_, file + " written");
        break;
      case AiIgnore::tracked:
        note({"the repository has its own " + file + ": it is left as it is"});
        break;
      case AiIgnore::foreign:
        note({"the " + file + " there was not written by git stream: it is left as it is"});
        break;
      case AiIgnore::unchanged:
        break;
    }
  }

  void tell_agents() {
    std::vector<const agents::SettingsForm*> forms;
    for (const std::string& name : session_.policy().agent_hooks)
      forms.push_back(agents::find_form(name));
    if (forms.empty()) return;
    const auto done = agents::install_settings(worktree_layout(layout_, plan_.location), forms);
    if (done.empty()) return;
    mended();
    note(done);
    step_done(watch_, "agents' settings written");
  }

  void record() {
    bool changed = false;
    // The line in the log is told from that of the round before by its time.
    core::Instant begin = store::now();
    const auto last = last_logged_start(session_, plan_.stream->id);
    if (plan_.fresh && last) begin = std::max(begin, *last + core::Seconds(1));
    const store::Streams after =
        store::change_streams(session_.state(), [&](store::Streams& streams) {
          const store::Streams before = streams;
          change(streams, begin);
          changed = streams != before;
        });
    if (changed) {
      mended();
      step_done(watch_, "recorded");
    }
    const store::StreamRecord& record = *after.find(plan_.stream->id);
    if (start_is_logged(session_, record)) return;
    log(record);
    result_.outcome = Started::Outcome::started;
    step_done(watch_, "logged");
  }

  void change(store::Streams& streams, core::Instant now) const {
    store::StreamRecord* record = streams.find(plan_.stream->id);
    if (record == nullptr) {
      streams.records.emplace_back();
      record = &streams.records.back();
    }
    if (plan_.fresh) {
      core::Instant begin = now;
      for (const auto& time : {record->started_at, record->completed_at, record->merged_at}) {
        if (time) begin = std::max(begin, *time + core::Seconds(1));
      }
      *record = {};
      record->id = plan_.stream->id;
      record->started_at = begin;
    }
    if (!record->started_at) record->started_at = now;
    record->status = StreamStatus::in_progress;
    record->worktree = recorded_path(session_, *plan_.stream, plan_.location.path);
    record->branch = plan_.location.branch;
    record->agents.clear();
    for (const core::AgentSpec& agent : plan_.stream->agents) record->agents.push_back(agent.id);
    if (!streams.started_at) streams.started_at = record->started_at;
  }

  void log(const store::StreamRecord& record) {
    core::JsonWriter agents;
    agents.begin_array();
    for (const core::AgentId& agent : record.agents) agents.value(agent.short_name());
    agents.end_array();
    const core::Identity who{record.id, std::nullopt, core::Identity::Source::worktree};
    store::append(session_.state().activity(),
                  {std::max(store::now(), *record.started_at),
                   who.name(),
                   record.id.str(),
                   "started",
                   {{"branch", app::json_path_text(record.branch.str())},
                    {"worktree", app::json_path_text(record.worktree)},
                    {"agents", agents.take()}}});
  }

  app::Session& session_;
  StartPlan plan_;
  const core::ObjectId& base_;
  const StepWatch& watch_;
  const git::Layout& layout_;
  Started result_;
};

// Asked for by name, or all that is ready and all that was interrupted before its last step.
std::vector<const core::StreamSpec*> asked_for(app::Session& session, const StartRequest& request,
                                               const store::Streams& streams) {
  const core::Policy& policy = session.policy();
  std::vector<const core::StreamSpec*> asked;
  const auto ask = [&](const core::StreamId& id) {
    const core::StreamSpec* stream = policy.find_stream(app::known_stream(policy, id.str()));
    if (std::find(asked.begin(), asked.end(), stream) == asked.end()) asked.push_back(stream);
  };
  for (const core::StreamId& id : request.streams) ask(id);
  if (!request.ready) return asked;
  for (const core::StreamId& id : conflicts::ready_streams(policy, streams)) ask(id);
  for (const core::StreamSpec& stream : policy.streams) {
    const store::StreamRecord* record = streams.find(stream.id);
    const bool begun = record != nullptr && record->status == StreamStatus::in_progress;
    if (begun && !start_is_logged(session, *record)) ask(stream.id);
  }
  return asked;
}

}  // namespace

StartReport start_streams(app::Session& session, const StartRequest& request,
                          const std::function<void(const Started&)>& each, const StepWatch& watch) {
  const RepositoryLock turn(session.repository().layout());
  session.forget();  // whoever had the turn before may have changed it
  const core::ObjectId base = base_for(session);
  const store::Streams streams = store::read_streams(session.state());
  StartReport report;
  std::vector<StartPlan> plans;
  for (const core::StreamSpec* stream : asked_for(session, request, streams)) {
    auto plan = plan_start(session, streams, *stream, request.again);
    if (auto* refusal = std::get_if<StartRefusal>(&plan)) {
      report.refused.push_back(std::move(*refusal));
    } else {
      plans.push_back(std::get<StartPlan>(std::move(plan)));
    }
  }
  if (!report.refused.empty() || plans.empty()) return report;
  app::set_up_repository(session);
  step_done(watch, "repository set up");
  for (StartPlan& plan : plans) {
    report.started.push_back(Start(session, std::move(plan), base, watch).run());
    if (each) each(report.started.back());
  }
  return report;
}

namespace {

using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;

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

std::string joined(const std::vector<StreamId>& streams) {
  std::string text;
  for (const StreamId& stream : streams) text += (text.empty() ? "" : ",") + stream.str();
  return text;
}

// All that has to be complete before, however far down.
void gather_missing(const core::Policy& policy, const store::Streams& streams,
                    const StreamSpec& stream, std::vector<StreamId>& all) {
  for (const StreamId& id : conflicts::missing_dependencies(policy, streams, stream)) {
    if (std::find(all.begin(), all.end(), id) != all.end()) continue;
    all.push_back(id);
    gather_missing(policy, streams, *policy.find_stream(id), all);
  }
}

// What brings it nearest: to start what can start, else to complete what is under way.
std::string way_to(const core::Policy& policy, const store::Streams& streams,
                   const StreamSpec& stream) {
  std::vector<StreamId> all, ready, begun;
  gather_missing(policy, streams, stream, all);
  const auto is_missing = [&](const StreamId& id) {
    return std::find(all.begin(), all.end(), id) != all.end();
  };
  const std::vector<StreamId> can_start = conflicts::ready_streams(policy, streams);
  std::copy_if(can_start.begin(), can_start.end(), std::back_inserter(ready), is_missing);
  for (const StreamSpec& other : policy.streams) {
    const bool under_way = streams.status(other.id) == StreamStatus::in_progress;
    if (under_way && is_missing(other.id)) begun.push_back(other.id);
  }
  if (!ready.empty()) return "git stream start " + joined(ready);
  return begun.empty() ? "git stream status" : "git stream complete " + begun.front().str();
}

}  // namespace

std::variant<StartPlan, StartRefusal> plan_start(app::Session& session,
                                                 const store::Streams& streams,
                                                 const StreamSpec& stream, bool again) {
  const core::Policy& policy = session.policy();
  const store::StreamRecord* record = streams.find(stream.id);
  StartPlan plan;
  plan.stream = &stream;
  plan.status = streams.status(stream.id);
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
  const auto missing = plan.fresh ? conflicts::missing_dependencies(policy, streams, stream)
                                  : std::vector<StreamId>{};
  if (!missing.empty())
    return StartRefusal{
        stream.id, missing,
        listed(policy, missing) + (missing.size() == 1 ? " is not complete" : " are not complete"),
        way_to(policy, streams, stream)};
  if (WorktreeRecord::pending(session.repository().layout(), stream.id))
    WorktreeRecord(session.repository().layout(), stream.id);  // git may still be at it
  // A stream that was merged begins anew, under the names that the policy gives now.
  const bool named = record != nullptr && plan.status != StreamStatus::merged;
  auto location = locate_worktree(session, stream, named ? record : nullptr);
  if (const auto* refusal = std::get_if<Refusal>(&location))
    return StartRefusal{stream.id, {}, refusal->reason, refusal->next};
  plan.location = std::get<WorktreeLocation>(std::move(location));
  const auto owner = core::stream_of_branch(policy, plan.location.branch);
  if (owner && *owner != stream.id)
    return StartRefusal{stream.id,
                        {},
                        "its branch " + plan.location.branch.str() + " would belong to stream " +
                            title_of(policy, *owner),
                        "let 'branch' in the policy make other names"};
  if (plan.fresh) plan.unmerged = conflicts::unmerged_dependencies(policy, streams, stream);
  return plan;
}

bool start_is_logged(app::Session& session, const store::StreamRecord& record) {
  const auto last = last_logged_start(session, record.id);
  return last && record.started_at && *last >= *record.started_at;
}

std::optional<core::Instant> last_logged_start(app::Session& session, const StreamId& stream) {
  store::LogFilter filter;
  filter.action = "started";
  filter.stream = stream.str();
  filter.agent = core::Identity{stream, std::nullopt, core::Identity::Source::worktree}.name();
  filter.last = 1;
  const auto found = store::read_log(session.state().activity(), filter);
  if (found.lines.empty()) return std::nullopt;
  return found.lines.front().activity.time;
}

}  // namespace gs::streams
