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

Json written(const Handoff& handoff) {
  Json context = Json::Object{{"new_interfaces", Json(handoff.new_interfaces)},
                              {"breaking_changes", Json(handoff.breaking_changes)},
                              {"test_status", handoff.test_status}};
  Json entry = Json::Object{{"from_agent", handoff.from_agent},
                            {"to_agents", Json(handoff.to_agents)},
                            {"timestamp", core::format_utc(handoff.timestamp)},
                            {"completed_tasks", Json(handoff.completed_tasks)},
                            {"context", std::move(context)}};
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
