#include "lib/state/handoffs.h"

#include <algorithm>

#include "lib/state/state_files.h"
#include "lib/state/streams.h"

namespace gs::state {

namespace {

Handoff read_handoff(const Json& entry) {
  Handoff handoff;
  handoff.from_agent = text_of(entry, "from_agent");
  handoff.to_agents = texts_of(entry, "to_agents");
  handoff.timestamp = time_of(entry, "timestamp").value_or(core::Instant{});
  handoff.completed_tasks = texts_of(entry, "completed_tasks");
  handoff.commit = text_of(entry, "commit");
  if (const Json* context = entry.find("context")) {
    handoff.new_interfaces = texts_of(*context, "new_interfaces");
    handoff.breaking_changes = texts_of(*context, "breaking_changes");
    handoff.test_status = text_of(*context, "test_status");
  }
  return handoff;
}

Json context_of(const Handoff& handoff) {
  return Json::Object{{"new_interfaces", Json(handoff.new_interfaces)},
                      {"breaking_changes", Json(handoff.breaking_changes)},
                      {"test_status", handoff.test_status}};
}

Json written(const Handoff& handoff) {
  Json entry = Json::Object{{"from_agent", handoff.from_agent},
                            {"to_agents", Json(handoff.to_agents)},
                            {"timestamp", core::format_utc(handoff.timestamp)},
                            {"completed_tasks", Json(handoff.completed_tasks)},
                            {"context", context_of(handoff)}};
  if (!handoff.commit.empty()) entry.set("commit", handoff.commit);
  return entry;
}

// Without a commit they were written by hand: what they say is all that tells them apart.
bool same(const Handoff& a, const Handoff& b) {
  const bool context = a.new_interfaces == b.new_interfaces &&
                       a.breaking_changes == b.breaking_changes && a.test_status == b.test_status;
  return a.from_agent == b.from_agent && a.commit == b.commit && a.to_agents == b.to_agents &&
         a.completed_tasks == b.completed_tasks && (context || !a.commit.empty());
}

std::vector<Handoff> handoffs_in(const Json& tree) {
  std::vector<Handoff> handoffs;
  for (const Json& entry : *tree.find("handoffs")->array()) handoffs.push_back(read_handoff(entry));
  return handoffs;
}

}  // namespace

std::vector<Handoff> read_handoffs(const StateDir& state) {
  return handoffs_in(load_state_file(state, "handoffs.json"));
}

std::vector<Handoff> add_handoffs(const StateDir& state, const std::vector<Handoff>& handoffs) {
  std::vector<Handoff> added;
  change_state_file(state, "handoffs.json", [&](Json& tree) {
    std::vector<Handoff> there = handoffs_in(tree);
    for (const Handoff& handoff : handoffs) {
      const auto is_same = [&](const Handoff& old) { return same(old, handoff); };
      if (std::any_of(there.begin(), there.end(), is_same)) continue;
      tree.find("handoffs")->array()->push_back(written(handoff));
      there.push_back(handoff);
      added.push_back(handoff);
    }
    return !added.empty();
  });
  return added;
}

std::vector<std::pair<std::string, std::string>> log_fields_of(const Handoff& handoff) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"to", core::compact_json(Json(handoff.to_agents))},
      {"tasks", core::compact_json(Json(handoff.completed_tasks))}};
  if (!handoff.commit.empty()) fields.emplace_back("commit", json_text(handoff.commit));
  fields.emplace_back("context", core::compact_json(context_of(handoff)));
  return fields;
}

Handoff handoff_in(const Activity& line) {
  Json entry = Json::Object{{"from_agent", line.agent},
                            {"commit", log_field(line, "commit")},
                            {"timestamp", core::format_utc(line.time)}};
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"to", "to_agents"}, {"tasks", "completed_tasks"}, {"context", "context"}};
  for (const auto& [name, json] : line.fields) {
    for (const auto& [in_log, in_file] : kNames) {
      if (name == in_log) entry.set(in_file, core::parse_json(json, {.repeated_keys = true}));
    }
  }
  return read_handoff(entry);
}

Finished read_finished(const StateDir& state) {
  Finished finished;
  const auto add_agent = [&](const std::string& name) {
    auto& agents = finished.agents;
    if (std::find(agents.begin(), agents.end(), name) == agents.end()) agents.push_back(name);
  };
  for (const StreamRecord& record : read_streams(state).records) {
    if (core::is_done(record.status)) finished.streams.push_back(record.id.str());
    for (const auto& [agent, time] : record.completed_agents) add_agent(agent.full());
  }
  for (const Handoff& handoff : read_handoffs(state)) {
    if (!handoff.from_agent.empty()) add_agent(handoff.from_agent);
  }
  return finished;
}

}  // namespace gs::state
