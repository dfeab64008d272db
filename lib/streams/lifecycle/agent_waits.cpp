#include "lib/streams/lifecycle/agent_waits.h"

#include <map>

namespace gs::streams {

AgentWaits::AgentWaits(const core::Policy& policy) : policy_(policy) {
  std::map<core::AgentId, std::size_t> agents;
  std::map<core::StreamId, std::size_t> streams;
  for (const core::StreamSpec& stream : policy.streams) {
    streams.emplace(stream.id, first_.size());
    first_.push_back(agents.size());
    for (const core::AgentSpec& agent : stream.agents) agents.emplace(agent.id, agents.size());
  }
  const auto begin = [&](std::size_t stream) { return agents.size() + 2 * stream; };
  waits_for_.resize(begin(policy.streams.size()));
  for (std::size_t i = 0; i < policy.streams.size(); ++i) {
    const core::StreamSpec& stream = policy.streams[i];
    const std::string& id = stream.id.str();
    for (const core::StreamId& on : stream.depends_on) {
      if (const auto found = streams.find(on); found != streams.end())
        add(begin(i), begin(found->second) + 1, id + " depends on " + on.str());
    }
    for (const core::AgentSpec& agent : stream.agents) {
      const std::string& name = agent.id.short_name();
      const std::size_t node = agents.at(agent.id);
      add(begin(i) + 1, node, id + " is complete when " + name + " is");
      add(node, begin(i), name + " starts with " + id);
      for (const core::AgentId& before : agent.after) {
        if (const auto found = agents.find(before); found != agents.end())
          add(node, found->second, name + " comes after " + before.short_name());
      }
    }
  }
}

void AgentWaits::add(std::size_t node, std::size_t on, std::string reason) {
  waits_for_[node].push_back(on);
  all_.push_back({node, on, std::move(reason)});
}

std::vector<analyzers::Dependency> AgentWaits::circle() const {
  return analyzers::phases_of(waits_for_.size(), all_).cycle;
}

std::vector<bool> AgentWaits::reached_from(std::size_t agent) const {
  std::vector<bool> reached(waits_for_.size());
  std::vector<std::size_t> open{agent};
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    for (const std::size_t next : waits_for_[node]) {
      if (reached[next]) continue;
      reached[next] = true;
      open.push_back(next);
    }
  }
  return reached;
}

std::vector<analyzers::Dependency> AgentWaits::within(std::size_t stream) const {
  const std::vector<core::AgentSpec>& agents = policy_.streams[stream].agents;
  std::vector<analyzers::Dependency> waits;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (agents[i].after.empty()) continue;
    const std::vector<bool> reached = reached_from(first_[stream] + i);
    for (std::size_t j = 0; j < agents.size(); ++j) {
      if (reached[first_[stream] + j])
        waits.push_back(
            {i, j, agents[i].id.short_name() + " waits for " + agents[j].id.short_name()});
    }
  }
  return waits;
}

}  // namespace gs::streams
