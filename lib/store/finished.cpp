#include "lib/store/finished.h"

#include <algorithm>

#include "lib/store/handoffs.h"
#include "lib/store/streams.h"

namespace gs::store {

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

}  // namespace gs::store
