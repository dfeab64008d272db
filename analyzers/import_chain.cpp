// The shortest way from one module to another.

#include <algorithm>
#include <tuple>

#include "analyzers/import_graph.h"

namespace gs::analyzers {

namespace {

using Edge = ImportGraph::Edge;
constexpr std::uint32_t kNone = UINT32_MAX;

bool at_or_below(std::string_view module, std::string_view package) {
  return module.starts_with(package) &&
         (module.size() == package.size() || module[package.size()] == '.');
}

enum class Part : char { between, start, goal };

// A module that both ends hold belongs to the narrower one.
std::vector<Part> parts(const ImportGraph& graph, std::string_view from, std::string_view to) {
  std::vector<Part> all;
  const bool from_is_narrower = at_or_below(from, to);
  for (const std::string& module : graph.modules) {
    const bool start = at_or_below(module, from), goal = at_or_below(module, to);
    const bool starts = start && (!goal || from_is_narrower);
    all.push_back(starts ? Part::start : goal ? Part::goal : Part::between);
  }
  return all;
}

// Each module's edges, in the order of the targets' names and then of their places.
std::vector<std::vector<std::uint32_t>> edges_by_importer(const ImportGraph& graph) {
  std::vector<std::vector<std::uint32_t>> all(graph.modules.size());
  for (std::uint32_t i = 0; i < graph.edges.size(); ++i) all[graph.edges[i].from].push_back(i);
  for (std::vector<std::uint32_t>& one : all) {
    std::ranges::sort(one, [&](std::uint32_t a, std::uint32_t b) {
      const Edge &x = graph.edges[a], &y = graph.edges[b];
      const int names = graph.modules[x.to].compare(graph.modules[y.to]);
      return std::tie(names, x.file, x.line, a) < std::tuple(0, y.file, y.line, b);
    });
  }
  return all;
}

std::vector<std::uint32_t> starts_in_order(const ImportGraph& graph,
                                           const std::vector<Part>& part) {
  std::vector<std::uint32_t> starts;
  for (std::uint32_t i = 0; i < part.size(); ++i) {
    if (part[i] == Part::start) starts.push_back(i);
  }
  std::ranges::sort(starts, {}, [&](std::uint32_t i) { return graph.modules[i]; });
  return starts;
}

}  // namespace

std::vector<Edge> shortest_chain(const ImportGraph& graph, std::string_view from,
                                 std::string_view to) {
  const std::vector<Part> part = parts(graph, from, to);
  const auto edges = edges_by_importer(graph);
  std::vector<std::uint32_t> reached_by(graph.modules.size(), kNone);
  std::vector<std::uint32_t> queue = starts_in_order(graph, part);
  for (std::size_t next = 0; next < queue.size(); ++next) {
    for (const std::uint32_t at : edges[queue[next]]) {
      const Edge& edge = graph.edges[at];
      if (part[edge.to] == Part::start || reached_by[edge.to] != kNone) continue;
      reached_by[edge.to] = at;
      if (part[edge.to] != Part::goal) {
        queue.push_back(edge.to);
        continue;
      }
      std::vector<Edge> chain;
      for (std::uint32_t step = at; step != kNone; step = reached_by[graph.edges[step].from]) {
        chain.push_back(graph.edges[step]);
      }
      std::ranges::reverse(chain);
      return chain;
    }
  }
  return {};
}

}  // namespace gs::analyzers
