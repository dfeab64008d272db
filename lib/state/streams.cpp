#include "lib/state/streams.h"

#include <algorithm>
#include <limits>
#include <set>

#include "lib/core/text.h"
#include "lib/state/state_files.h"

namespace gs::state {

namespace {

using core::AgentId;
using core::Instant;

std::optional<core::ObjectId> commit_of(const Json& object, std::string_view name) {
  return core::ObjectId::from_hex(text_of(object, name));
}

std::uint64_t count_of(const Json& object, std::string_view name) {
  const Json* const value = object.find(name);
  return value == nullptr ? 0 : value->natural().value_or(0);
}

AgentRun read_run(const AgentId& agent, const Json& entry) {
  AgentRun run{agent, {}, {}, {}, {}, {}};
  const std::uint64_t pid = count_of(entry, "pid");
  if (pid <= std::numeric_limits<std::int32_t>::max())
    run.process.pid = static_cast<std::int64_t>(pid);
  run.process.start_time = count_of(entry, "start_time");
  run.process.boot_id = text_of(entry, "boot_id");
  run.started_at = time_of(entry, "started_at").value_or(Instant{});
  run.ended_at = time_of(entry, "ended_at");
  run.exit_code = int_of(entry, "exit_code");
  run.signal = int_of(entry, "signal");
  return run;
}

// The members that are agents, in whichever form their names are written; each agent once.
template <class Each>
void each_agent(const Json* object, const Each& each) {
  if (object == nullptr || object->object() == nullptr) return;
  std::set<AgentId> seen;
  for (const auto& [name, value] : *object->object()) {
    const auto id = AgentId::parse(name);
    if (id && seen.insert(*id).second) each(*id, name, value);
  }
}

// Under which name an agent stands in an object, or would.
std::string name_in(const Json& object, const AgentId& agent) {
  std::string found = agent.short_name();
  each_agent(&object, [&](const AgentId& id, const std::string& name, const Json&) {
    if (id == agent) found = name;
  });
  return found;
}

BranchRecord read_branch(const std::string& name, const Json& entry) {
  return {core::BranchName(core::path_from_json(name)),
          core::path_from_json(text_of(entry, "worktree")), AgentId::parse(text_of(entry, "agent")),
          commit_of(entry, "commit")};
}

StreamRecord read_record(const std::string& name, const Json& entry) {
  StreamRecord record;
  record.id = core::StreamId(name);
  record.status =
      core::parse_status(text_of(entry, "status")).value_or(core::StreamStatus::waiting);
  record.started_at = time_of(entry, "started_at");
  record.completed_at = time_of(entry, "completed_at");
  record.merged_at = time_of(entry, "merged_at");
  record.worktree = core::path_from_json(text_of(entry, "worktree"));
  record.branch = core::BranchName(core::path_from_json(text_of(entry, "branch")));
  for (const std::string& agent : texts_of(entry, "agents")) {
    if (const auto id = AgentId::parse(agent)) record.agents.push_back(*id);
  }
  record.completed_tip = commit_of(entry, "commit");
  record.merge = commit_of(entry, "merge_commit");
  const Json* const done = entry.find("completed_agents");
  each_agent(done, [&](const AgentId& id, const std::string& agent, const Json&) {
    record.completed_agents.emplace_back(id, time_of(*done, agent).value_or(Instant{}));
  });
  each_agent(entry.find("runs"), [&](const AgentId& id, const std::string&, const Json& run) {
    if (run.object() != nullptr) record.runs.push_back(read_run(id, run));
  });
  const Json* const branches = entry.find("branches");
  if (branches != nullptr && branches->object() != nullptr) {
    for (const auto& [branch, value] : *branches->object()) {
      if (value.object() != nullptr) record.branches.push_back(read_branch(branch, value));
    }
  }
  return record;
}

Streams read_tree(const Json& tree) {
  Streams streams;
  streams.started_at = time_of(tree, "started_at");
  for (const auto& [name, entry] : *tree.find("streams")->object()) {
    if (core::valid_id(name)) streams.records.push_back(read_record(name, entry));
  }
  return streams;
}

std::optional<Json> text_for(const std::optional<Instant>& time) {
  return time ? std::optional<Json>(core::format_utc(*time)) : std::nullopt;
}

std::optional<Json> text_for(const std::optional<core::ObjectId>& id) {
  return id ? std::optional<Json>(id->hex()) : std::nullopt;
}

void write_run(Json& entry, const AgentRun& run) {
  entry.set("pid", run.process.pid);
  entry.set("start_time", run.process.start_time);
  entry.set("boot_id", run.process.boot_id);
  entry.set("started_at", core::format_utc(run.started_at));
  set_or_remove(entry, "ended_at", text_for(run.ended_at));
  set_or_remove(entry, "exit_code", run.exit_code);
  set_or_remove(entry, "signal", run.signal);
}

// Writes those that are new or have changed, and removes those that have gone: the others, and
// members that are no agents, stay as they are. `agent` names the agent of an element.
template <class Element, class AgentOf, class Write>
void write_agents(Json& entry, const std::string& member, const std::vector<Element>& before,
                  const std::vector<Element>& after, const AgentOf& agent, const Write& write) {
  if (before == after) return;
  Json& object = object_at(entry, member);
  const auto lacks = [&](const std::vector<Element>& list, const AgentId& id) {
    return std::none_of(list.begin(), list.end(),
                        [&](const Element& element) { return agent(element) == id; });
  };
  for (const Element& element : before) {
    if (lacks(after, agent(element))) object.remove(name_in(object, agent(element)));
  }
  for (const Element& element : after) {
    if (std::find(before.begin(), before.end(), element) == before.end())
      write(object, name_in(object, agent(element)), element);
  }
  if (object.object()->empty()) entry.remove(member);
}

Json agent_names(const std::vector<AgentId>& agents) {
  Json::Array names;
  for (const AgentId& agent : agents) names.emplace_back(agent.short_name());
  return names;
}

void write_branch(Json& entry, const BranchRecord& branch) {
  set_or_remove(entry, "worktree",
                branch.worktree.empty() ? std::nullopt
                                        : std::optional<Json>(core::json_path(branch.worktree)));
  set_or_remove(entry, "agent",
                branch.agent ? std::optional<Json>(branch.agent->short_name()) : std::nullopt);
  set_or_remove(entry, "commit", text_for(branch.completed_tip));
}

void write_branches(Json& entry, const StreamRecord& before, const StreamRecord& after) {
  if (before.branches == after.branches) return;
  Json& object = object_at(entry, "branches");
  for (const BranchRecord& branch : before.branches) {
    if (after.find(branch.branch) == nullptr) object.remove(core::json_path(branch.branch.str()));
  }
  for (const BranchRecord& branch : after.branches)
    write_branch(object_at(object, core::json_path(branch.branch.str())), branch);
  if (object.object()->empty()) entry.remove("branches");
}

// Members whose values have not changed stay as they were written, even those that say nothing to
// us: a status that we do not know must not become one that we do.
void write_record(Json& entry, const StreamRecord* before, const StreamRecord& after) {
  static const StreamRecord kNew;
  const bool fresh = before == nullptr;
  const StreamRecord& old = fresh ? kNew : *before;
  const auto time = [&](const char* name, std::optional<Instant> StreamRecord::*member) {
    if (old.*member != after.*member) set_or_remove(entry, name, text_for(after.*member));
  };
  if (fresh || old.status != after.status)
    entry.set("status", std::string(core::status_name(after.status)));
  time("started_at", &StreamRecord::started_at);
  if (fresh || old.worktree != after.worktree)
    entry.set("worktree", core::json_path(after.worktree));
  if (fresh || old.branch != after.branch) entry.set("branch", core::json_path(after.branch.str()));
  if (fresh || old.agents != after.agents) entry.set("agents", agent_names(after.agents));
  time("completed_at", &StreamRecord::completed_at);
  time("merged_at", &StreamRecord::merged_at);
  if (old.completed_tip != after.completed_tip)
    set_or_remove(entry, "commit", text_for(after.completed_tip));
  if (old.merge != after.merge) set_or_remove(entry, "merge_commit", text_for(after.merge));
  write_agents(
      entry, "completed_agents", old.completed_agents, after.completed_agents,
      [](const auto& done) { return done.first; },
      [](Json& object, const std::string& name, const auto& done) {
        object.set(name, core::format_utc(done.second));
      });
  write_agents(
      entry, "runs", old.runs, after.runs, [](const AgentRun& run) { return run.agent; },
      [](Json& object, const std::string& name, const AgentRun& run) {
        write_run(object_at(object, name), run);
      });
  write_branches(entry, old, after);
}

void write_tree(Json& tree, const Streams& before, const Streams& after) {
  if (before.started_at != after.started_at) {
    tree.set("started_at", after.started_at ? Json(core::format_utc(*after.started_at)) : Json());
  }
  Json& streams = object_at(tree, "streams");
  for (const StreamRecord& record : before.records) {
    if (after.find(record.id) == nullptr) streams.remove(record.id.str());
  }
  for (const StreamRecord& record : after.records) {
    const StreamRecord* old = before.find(record.id);
    if (old == nullptr || *old != record)
      write_record(object_at(streams, record.id.str()), old, record);
  }
}

}  // namespace

bool StreamRecord::completed(const AgentId& agent) const {
  return std::any_of(completed_agents.begin(), completed_agents.end(),
                     [&](const auto& done) { return done.first == agent; });
}

bool StreamRecord::completed(const core::ObjectId& tip) const {
  return completed_tip == tip ||
         std::any_of(branches.begin(), branches.end(),
                     [&](const BranchRecord& record) { return record.completed_tip == tip; });
}

const BranchRecord* StreamRecord::find(const core::BranchName& name) const {
  const auto found =
      std::find_if(branches.begin(), branches.end(),
                   [&](const BranchRecord& record) { return record.branch == name; });
  return found == branches.end() ? nullptr : &*found;
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
  return read_tree(load_state_file(state, "orchestrator_state.json"));
}

Streams change_streams(const StateDir& state, const std::function<void(Streams&)>& change) {
  Streams after;
  change_state_file(state, "orchestrator_state.json", [&](Json& tree) {
    const Streams before = read_tree(tree);
    after = before;
    change(after);
    if (after == before) return false;
    write_tree(tree, before, after);
    after = read_tree(tree);
    return true;
  });
  return after;
}

}  // namespace gs::state
