#include "lib/policy/cycle.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace gs::policy {

namespace {

struct Edge {
  std::size_t to = 0;
  const YamlNode* at = nullptr;  // null where it follows from an agent being in its stream
};

struct Vertex {
  std::string_view name;  // empty for a stream's start, which no message names
  std::vector<Edge> waits_for;
  std::vector<std::size_t> awaited_by;
  std::size_t open = 0;  // of waits_for, those that are not known to end
};

using Graph = std::vector<Vertex>;

void connect(Graph& graph, std::size_t from, std::size_t to, const YamlNode* at) {
  graph[from].waits_for.push_back({to, at});
  graph[to].awaited_by.push_back(from);
  ++graph[from].open;
}

Graph build(const References& references) {
  Graph graph;
  std::map<std::string_view, std::size_t> streams, agents;  // a stream's end; its start is next
  for (const Reference& stream : references.streams) {
    streams.emplace(stream.from, graph.size());
    graph.push_back({stream.from, {}, {}, 0});
    graph.push_back({});
    connect(graph, graph.size() - 2, graph.size() - 1, nullptr);
  }
  for (const Reference& edge : references.depends_on) {
    connect(graph, streams.at(edge.from) + 1, streams.at(edge.to), edge.at);
  }
  for (const Reference& agent : references.agents) {
    agents.emplace(agent.from, graph.size());
    graph.push_back({agent.from, {}, {}, 0});
    connect(graph, streams.at(agent.to), graph.size() - 1, nullptr);
  }
  for (const Reference& edge : references.after) {
    connect(graph, agents.at(edge.from), agents.at(edge.to), edge.at);
  }
  for (const Reference& agent : references.agents) {
    connect(graph, agents.at(agent.from), streams.at(agent.to) + 1, nullptr);
  }
  return graph;
}

// Whatever waits for nothing ends; then what waits only for that. What stays open is on a cycle or
// waits for one. Without recursion: a policy may chain thousands.
void settle(Graph& graph) {
  std::vector<std::size_t> ended;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    if (graph[i].open == 0) ended.push_back(i);
  }
  while (!ended.empty()) {
    const std::size_t vertex = ended.back();
    ended.pop_back();
    for (const std::size_t waiting : graph[vertex].awaited_by) {
      if (--graph[waiting].open == 0) ended.push_back(waiting);
    }
  }
}

std::vector<std::size_t> walk_cycle(const Graph& graph, std::size_t start) {
  std::vector<std::size_t> path, position(graph.size(), graph.size());
  for (std::size_t vertex = start;;) {
    if (position[vertex] < graph.size()) {
      path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(position[vertex]));
      return path;
    }
    position[vertex] = path.size();
    path.push_back(vertex);
    vertex = std::ranges::find_if(graph[vertex].waits_for, [&](const Edge& edge) {
               return graph[edge.to].open > 0;
             })->to;
  }
}

// A cycle of thousands is shown by its beginning.
void append(std::string& names, std::string_view name) {
  constexpr std::size_t kLongest = 400;
  constexpr std::string_view kMore = "… → ";
  if (names.size() < kLongest) {
    names += std::string(name) + " → ";
  } else if (!names.ends_with(kMore)) {
    names += kMore;
  }
}

Cycle describe(const Graph& graph, std::vector<std::size_t> path) {
  const auto named = [&](std::size_t vertex) { return !graph[vertex].name.empty(); };
  std::size_t first = graph.size();
  for (const std::size_t vertex : path) {
    if (named(vertex)) first = std::min(first, vertex);
  }
  std::rotate(path.begin(), std::find(path.begin(), path.end(), first), path.end());
  Cycle cycle;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (named(path[i])) append(cycle.names, graph[path[i]].name);
    const std::size_t next = path[(i + 1) % path.size()];
    const auto edge = std::ranges::find(graph[path[i]].waits_for, next, &Edge::to);
    if (cycle.at == nullptr) cycle.at = edge->at;
  }
  cycle.names += graph[first].name;
  return cycle;
}

}  // namespace

std::optional<Cycle> find_cycle(const References& references) {
  Graph graph = build(references);
  settle(graph);
  const auto open = std::ranges::find_if(graph, [](const Vertex& v) { return v.open > 0; });
  if (open == graph.end()) return std::nullopt;
  return describe(graph, walk_cycle(graph, static_cast<std::size_t>(open - graph.begin())));
}

}  // namespace gs::policy
