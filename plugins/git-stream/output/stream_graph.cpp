#include "plugins/git-stream/output/stream_graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using core::StreamId;
using core::StreamStatus;
using report::NodeState;

using Nodes = std::map<StreamId, std::size_t>;

NodeState state_of(StreamStatus status, bool ready) {
  switch (status) {
    case StreamStatus::in_progress:
      return NodeState::in_progress;
    case StreamStatus::completed:
      return NodeState::completed;
    case StreamStatus::merged:
      return NodeState::merged;
    case StreamStatus::waiting:
      break;
  }
  return ready ? NodeState::ready : NodeState::waiting;
}

std::string agents_line(const streams::PlannedStream& stream) {
  std::string text;
  for (const auto& wave : stream.waves) {
    if (!text.empty()) text += " → ";
    std::string agents;
    for (const streams::PlannedAgent& agent : wave)
      agents += (agents.empty() ? "" : " · ") + agent.id.short_name();
    text += agents;
  }
  return text;
}

// Whether one of a stream's other dependencies waits for this one, too.
bool follows(const std::map<StreamId, std::set<StreamId>>& before, const StreamId& on,
             const std::vector<StreamId>& all) {
  return std::ranges::any_of(all,
                             [&](const StreamId& other) { return before.at(other).contains(on); });
}

void draw_dependencies(const streams::Plan& plan, const Nodes& nodes, report::Graph& graph) {
  std::map<StreamId, std::set<StreamId>> before;  // all for whom a stream waits in the end
  for (const auto& phase : plan.phases) {
    for (const streams::PlannedStream& stream : phase) {
      std::set<StreamId>& all = before[stream.id];
      for (const StreamId& on : stream.depends_on) {
        all.insert(on);
        all.insert(before.at(on).begin(), before.at(on).end());
        if (!follows(before, on, stream.depends_on))
          graph.edges.push_back({nodes.at(on), nodes.at(stream.id), 1, false, false, ""});
      }
    }
  }
}

void draw_after(const streams::Plan& plan, const Nodes& nodes, report::Graph& graph) {
  std::map<core::AgentId, StreamId> homes;
  std::vector<std::pair<const streams::PlannedAgent*, StreamId>> agents;
  for (const auto& phase : plan.phases) {
    for (const streams::PlannedStream& stream : phase) {
      for (const auto& wave : stream.waves) {
        for (const streams::PlannedAgent& agent : wave) {
          homes.emplace(agent.id, stream.id);
          agents.emplace_back(&agent, stream.id);
        }
      }
    }
  }
  for (const auto& [agent, stream] : agents) {
    for (const core::AgentId& first : agent->after) {
      const auto home = homes.find(first);
      if (home == homes.end() || home->second == stream) continue;
      graph.edges.push_back({nodes.at(home->second), nodes.at(stream), 1, false, true,
                             agent->id.short_name() + " after " + first.short_name()});
    }
  }
}

std::string reasons_label(const std::vector<conflicts::OrderReason>& reasons) {
  std::string text = reasons.front().text;
  if (reasons.size() > 1) text += " (and " + std::to_string(reasons.size() - 1) + " more)";
  return text;
}

}  // namespace

report::Graph plan_graph(const streams::Plan& plan) {
  report::Graph graph;
  graph.subject = "plan";
  Nodes nodes;
  const std::size_t phases = plan.phases.size();
  for (std::size_t i = 0; i < phases; ++i) {
    for (const streams::PlannedStream& stream : plan.phases[i]) {
      nodes.emplace(stream.id, graph.nodes.size());
      report::GraphNode node{stream_title(stream.id, stream.name), "phase " + std::to_string(i + 1),
                             static_cast<int>(phases - i), state_of(stream.status, stream.ready())};
      if (std::string agents = agents_line(stream); !agents.empty())
        node.lines.push_back(std::move(agents));
      graph.nodes.push_back(std::move(node));
    }
  }
  draw_dependencies(plan, nodes, graph);
  draw_after(plan, nodes, graph);
  return graph;
}

report::Graph order_graph(const conflicts::MergeOrder& order) {
  report::Graph graph;
  graph.subject = "merges";
  Nodes nodes;
  for (const conflicts::OrderedStream& stream : order.streams) {
    nodes.emplace(stream.id, graph.nodes.size());
    const std::string place = std::to_string(nodes.size()) + " · " + status_text(stream.status);
    graph.nodes.push_back(
        {stream_title(stream.id, stream.name), "", -1, state_of(stream.status, false), {place}});
  }
  for (const conflicts::OrderedStream& stream : order.streams) {
    std::map<StreamId, std::vector<conflicts::OrderReason>> reasons;
    for (const conflicts::OrderReason& reason : stream.reasons)
      reasons[reason.on].push_back(reason);
    for (const auto& [on, why] : reasons) {
      graph.edges.push_back(
          {nodes.at(on), nodes.at(stream.id), 1, false, false, reasons_label(why)});
    }
  }
  for (const conflicts::OrderCircle& circle : order.circles) {
    for (std::size_t i = 0; i < circle.edges.size(); ++i) {
      const conflicts::OrderEdge& edge = circle.edges[i];
      if (circle.given_up != i || !nodes.contains(edge.stream) || !nodes.contains(edge.on))
        continue;
      graph.edges.push_back({nodes.at(edge.on), nodes.at(edge.stream), 1, true, true,
                             "given up: " + reasons_label(edge.reasons)});
    }
  }
  return graph;
}

Picture picture_named(const std::string& format) {
  if (format == "mermaid") return report::mermaid;
  if (format == "dot") return report::dot;
  if (format == "text" || format == "json" || format.empty()) return nullptr;
  throw core::Error(core::ExitCode::usage,
                    "--format: there is no '" + core::printable(format) + "'",
                    "text, mermaid, dot or json");
}

}  // namespace gs::command
