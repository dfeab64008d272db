#include "lib/store/handoffs.h"

#include <algorithm>

#include "lib/store/state_json.h"

namespace gs::store {

namespace {

Handoff read_handoff(const Json& entry) {
  Handoff handoff;
  handoff.from_agent = text_of(entry, "from_agent");
  handoff.to_agents = texts_of(entry, "to_agents");
  handoff.timestamp = time_of(entry, "timestamp").value_or(core::Instant{});
  handoff.completed_tasks = texts_of(entry, "completed_tasks");
  handoff.commit = text_of(entry, "commit");
  if (const Json* context = find_member(entry, "context")) {
    handoff.new_interfaces = texts_of(*context, "new_interfaces");
    handoff.breaking_changes = texts_of(*context, "breaking_changes");
    handoff.test_status = text_of(*context, "test_status");
  }
  return handoff;
}

Json written(const Handoff& handoff) {
  Json context = Json::object();
  set_member(context, "new_interfaces", handoff.new_interfaces);
  set_member(context, "breaking_changes", handoff.breaking_changes);
  set_member(context, "test_status", handoff.test_status);
  Json entry = Json::object();
  set_member(entry, "from_agent", handoff.from_agent);
  set_member(entry, "to_agents", handoff.to_agents);
  set_member(entry, "timestamp", core::format_utc(handoff.timestamp));
  set_member(entry, "completed_tasks", handoff.completed_tasks);
  set_member(entry, "context", std::move(context));
  if (!handoff.commit.empty()) set_member(entry, "commit", handoff.commit);
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
  for (const Json& entry : *find_member(tree, "handoffs")) handoffs.push_back(read_handoff(entry));
  return handoffs;
}

}  // namespace

std::vector<Handoff> read_handoffs(const StateDir& state) {
  return handoffs_in(load_state_json(state.handoffs(), state_file("handoffs.json")));
}

std::vector<Handoff> add_handoffs(const StateDir& state, const std::vector<Handoff>& handoffs) {
  std::vector<Handoff> added;
  change_state_json(state, state.handoffs(), state_file("handoffs.json"), [&](Json& tree) {
    std::vector<Handoff> there = handoffs_in(tree);
    Json list = *find_member(tree, "handoffs");
    for (const Handoff& handoff : handoffs) {
      const auto is_same = [&](const Handoff& old) { return same(old, handoff); };
      if (std::any_of(there.begin(), there.end(), is_same)) continue;
      list.push_back(written(handoff));
      there.push_back(handoff);
      added.push_back(handoff);
    }
    set_member(tree, "handoffs", std::move(list));
    return !added.empty();
  });
  return added;
}

}  // namespace gs::store
