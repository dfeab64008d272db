#include "lib/store/streams.h"

#include <algorithm>

#include "lib/store/state_json.h"

namespace gs::store {

namespace {

using core::AgentId;
using core::Instant;

std::optional<core::ObjectId> commit_of(const Json& object, std::string_view name) {
  return core::ObjectId::from_hex(text_of(object, name));
}

std::uint64_t count_of(const Json& object, std::string_view name) {
  const Json* value = find_member(object, name);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

AgentRun read_run(const AgentId& agent, const Json& entry) {
  AgentRun run{agent, {}, {}, {}, {}, {}};
  run.process.pid = static_cast<std::int64_t>(count_of(entry, "pid"));
  run.process.start_time = count_of(entry, "start_time");
  run.process.boot_id = text_of(entry, "boot_id");
  run.started_at = time_of(entry, "started_at").value_or(Instant{});
  run.ended_at = time_of(entry, "ended_at");
  run.exit_code = int_of(entry, "exit_code");
  run.signal = int_of(entry, "signal");
  return run;
}

StreamRecord read_record(const std::string& name, const Json& entry) {
  StreamRecord record;
  record.id = core::StreamId(name);
  record.status =
      core::parse_status(text_of(entry, "status")).value_or(core::StreamStatus::waiting);
  record.started_at = time_of(entry, "started_at");
  record.completed_at = time_of(entry, "completed_at");
  record.merged_at = time_of(entry, "merged_at");
  record.worktree = text_of(entry, "worktree");
  record.branch = core::BranchName(text_of(entry, "branch"));
  for (const std::string& agent : texts_of(entry, "agents")) {
    if (const auto id = AgentId::parse(agent)) record.agents.push_back(*id);
  }
  record.completed_tip = commit_of(entry, "commit");
  record.merge = commit_of(entry, "merge_commit");
  const Json none = Json::object();
  const auto members = [&](std::string_view member) -> const Json& {
    const Json* object = find_member(entry, member);
    return object != nullptr && object->is_object() ? *object : none;
  };
  const Json& done = members("completed_agents");
  for (const auto& [agent, time] : done.items()) {
    const auto id = AgentId::parse(agent);
    if (id) record.completed_agents.emplace_back(*id, time_of(done, agent).value_or(Instant{}));
  }
  for (const auto& [agent, run] : members("runs").items()) {
    const auto id = AgentId::parse(agent);
    if (id && run.is_object()) record.runs.push_back(read_run(*id, run));
  }
  return record;
}

Streams read_tree(const Json& tree) {
  Streams streams;
  streams.started_at = time_of(tree, "started_at");
  for (const auto& [name, entry] : find_member(tree, "streams")->items())
    streams.records.push_back(read_record(name, entry));
  return streams;
}

void set_or_remove(Json& object, std::string_view name, const std::optional<std::string>& text) {
  if (text) {
    set_member(object, name, *text);
  } else {
    remove_member(object, name);
  }
}

std::optional<std::string> text_for(const std::optional<Instant>& time) {
  return time ? std::optional(core::format_utc(*time)) : std::nullopt;
}

std::optional<std::string> text_for(const std::optional<core::ObjectId>& id) {
  return id ? std::optional(id->hex()) : std::nullopt;
}

void set_number(Json& object, std::string_view name, const std::optional<int>& number) {
  if (number) {
    set_member(object, name, *number);
  } else {
    remove_member(object, name);
  }
}

// The member of this name as an object, which is made where it is none.
Json& object_at(Json& parent, const std::string& name) {
  const Json* member = find_member(parent, name);
  if (member == nullptr || !member->is_object()) set_member(parent, name, Json::object());
  return *const_cast<Json*>(find_member(parent, name));
}

void write_run(Json& entry, const AgentRun& run) {
  set_member(entry, "pid", run.process.pid);
  set_member(entry, "start_time", run.process.start_time);
  set_member(entry, "boot_id", run.process.boot_id);
  set_member(entry, "started_at", core::format_utc(run.started_at));
  set_or_remove(entry, "ended_at", text_for(run.ended_at));
  set_number(entry, "exit_code", run.exit_code);
  set_number(entry, "signal", run.signal);
}

void write_record(Json& entry, const StreamRecord& record) {
  set_member(entry, "status", std::string(core::status_name(record.status)));
  set_or_remove(entry, "started_at", text_for(record.started_at));
  set_member(entry, "worktree", record.worktree);
  set_member(entry, "branch", record.branch.str());
  Json agents = Json::array();
  for (const AgentId& agent : record.agents) agents.push_back(agent.short_name());
  set_member(entry, "agents", std::move(agents));
  set_or_remove(entry, "completed_at", text_for(record.completed_at));
  set_or_remove(entry, "merged_at", text_for(record.merged_at));
  set_or_remove(entry, "commit", text_for(record.completed_tip));
  set_or_remove(entry, "merge_commit", text_for(record.merge));
  remove_member(entry, "completed_agents");
  for (const auto& [agent, time] : record.completed_agents)
    set_member(object_at(entry, "completed_agents"), agent.short_name(), core::format_utc(time));
  if (record.runs.empty()) remove_member(entry, "runs");
  for (const AgentRun& run : record.runs)
    write_run(object_at(object_at(entry, "runs"), run.agent.short_name()), run);
}

void write_tree(Json& tree, const Streams& before, const Streams& after) {
  set_member(tree, "started_at",
             after.started_at ? Json(core::format_utc(*after.started_at)) : Json());
  Json& streams = object_at(tree, "streams");
  for (const StreamRecord& record : before.records) {
    if (after.find(record.id) == nullptr) remove_member(streams, record.id.str());
  }
  for (const StreamRecord& record : after.records) {
    const StreamRecord* old = before.find(record.id);
    if (old == nullptr || *old != record) write_record(object_at(streams, record.id.str()), record);
  }
}

}  // namespace

bool StreamRecord::completed(const AgentId& agent) const {
  return std::any_of(completed_agents.begin(), completed_agents.end(),
                     [&](const auto& done) { return done.first == agent; });
}

const StreamRecord* Streams::find(const core::StreamId& id) const {
  const auto found = std::find_if(records.begin(), records.end(),
                                  [&](const StreamRecord& record) { return record.id == id; });
  return found == records.end() ? nullptr : &*found;
}

StreamRecord* Streams::find(const core::StreamId& id) {
  return const_cast<StreamRecord*>(std::as_const(*this).find(id));
}

core::StreamStatus Streams::status(const core::StreamId& id) const {
  const StreamRecord* record = find(id);
  return record != nullptr ? record->status : core::StreamStatus::waiting;
}

Streams read_streams(const StateDir& state) {
  return read_tree(load_state_json(state.streams(), state_file("orchestrator_state.json")));
}

Streams change_streams(const StateDir& state, const std::function<void(Streams&)>& change) {
  Streams after;
  change_state_json(state, state.streams(), state_file("orchestrator_state.json"), [&](Json& tree) {
    const Streams before = read_tree(tree);
    after = before;
    change(after);
    if (after == before) return false;
    write_tree(tree, before, after);
    return true;
  });
  return after;
}

}  // namespace gs::store
