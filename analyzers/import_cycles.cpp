// Circles between top-level modules.

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "analyzers/components.h"
#include "analyzers/import_graph.h"

namespace gs::analyzers {

namespace {

using Edge = ImportGraph::Edge;

// Top-level modules by name; for each pair of them the first edge in the order of names and places.
struct TopGraph {
  std::vector<std::string_view> names;
  std::vector<std::map<std::uint32_t, const Edge*>> imports;
};

TopGraph top_graph(const ImportGraph& graph) {
  const auto top = [&](std::uint32_t module) {
    const std::string_view name = graph.modules[module];
    return name.substr(0, name.find('.'));
  };
  std::map<std::string_view, std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < graph.modules.size(); ++i) numbers.emplace(top(i), 0);
  TopGraph tops;
  for (auto& [name, number] : numbers) {
    number = static_cast<std::uint32_t>(tops.names.size());
    tops.names.push_back(name);
  }
  tops.imports.resize(tops.names.size());
  std::vector<std::uint32_t> number;
  for (std::uint32_t i = 0; i < graph.modules.size(); ++i) number.push_back(numbers.at(top(i)));
  const auto place = [&](const Edge& edge) {
    return std::tie(graph.modules[edge.from], graph.modules[edge.to], edge.file, edge.line);
  };
  for (const Edge& edge : graph.edges) {
    const std::uint32_t from = number[edge.from], to = number[edge.to];
    if (edge.type_checking || from == to) continue;
    const Edge*& first = tops.imports[from][to];
    if (first == nullptr || place(edge) < place(*first)) first = &edge;
  }
  return tops;
}

// The group of each top-level module: those that import each other in a circle are in one.
std::vector<std::uint32_t> groups_of(const TopGraph& tops) {
  std::vector<std::vector<std::uint32_t>> targets(tops.names.size());
  for (std::size_t from = 0; from < targets.size(); ++from) {
    for (const auto& [to, edge] : tops.imports[from]) targets[from].push_back(to);
  }
  return components_of(targets).of;
}

// The shortest way from a module to another (itself: round a circle) that stays in its group; empty
// when there is none shorter than `most` (0: any).
std::vector<Edge> shortest_way(const TopGraph& tops, const std::vector<std::uint32_t>& groups,
                               std::uint32_t start, std::uint32_t end, std::size_t most) {
  struct Step {
    std::uint32_t from;
    const Edge* edge;
    std::size_t length;
  };
  std::map<std::uint32_t, Step> reached;
  std::vector<std::uint32_t> queue{start};
  for (std::size_t next = 0; next < queue.size() && !reached.contains(end); ++next) {
    const std::uint32_t node = queue[next];
    const std::size_t length = node == start ? 1 : reached.at(node).length + 1;
    if (most != 0 && length >= most) return {};
    for (const auto& [to, edge] : tops.imports[node]) {
      if (groups[to] != groups[start]) continue;
      if (reached.emplace(to, Step{node, edge, length}).second && to != start) queue.push_back(to);
    }
  }
  std::vector<Edge> way;
  for (std::uint32_t at = end; way.empty() || at != start;) {
    const auto step = reached.find(at);
    if (step == reached.end()) return {};
    way.push_back(*step->second.edge);
    at = step->second.from;
  }
  std::ranges::reverse(way);
  return way;
}

using NamePair = std::pair<std::string_view, std::string_view>;

std::set<NamePair> pairs_of(const TopGraph& tops) {
  std::set<NamePair> pairs;
  for (std::uint32_t from = 0; from < tops.names.size(); ++from) {
    for (const auto& [to, edge] : tops.imports[from])
      pairs.emplace(tops.names[from], tops.names[to]);
  }
  return pairs;
}

std::string_view top_of(const ImportGraph& graph, std::uint32_t module) {
  const std::string_view name = graph.modules[module];
  return name.substr(0, name.find('.'));
}

}  // namespace

std::vector<std::vector<Edge>> cycles(const ImportGraph& graph) {
  const TopGraph tops = top_graph(graph);
  const std::vector<std::uint32_t> groups = groups_of(tops);
  std::map<std::uint32_t, std::vector<std::uint32_t>> members;
  for (std::uint32_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
  std::vector<std::pair<std::uint32_t, std::vector<Edge>>> found;  // with the first module's number
  for (const auto& [group, modules] : members) {
    if (modules.size() < 2) continue;
    std::vector<Edge> best;
    for (const std::uint32_t start : modules) {
      std::vector<Edge> circle = shortest_way(tops, groups, start, start, best.size());
      if (!circle.empty()) best = std::move(circle);
    }
    found.emplace_back(modules.front(), std::move(best));
  }
  std::ranges::sort(found, {}, [](const auto& one) { return one.first; });
  std::vector<std::vector<Edge>> all;
  for (auto& [first, circle] : found) all.push_back(std::move(circle));
  return all;
}

std::vector<std::vector<Edge>> new_cycles(const ImportGraph& before, const ImportGraph& graph) {
  const TopGraph old = top_graph(before), tops = top_graph(graph);
  const std::set<NamePair> known = pairs_of(old);
  const std::vector<std::uint32_t> groups = groups_of(tops);
  std::vector<std::vector<Edge>> all;
  std::set<std::set<std::string_view>> said;
  for (std::uint32_t from = 0; from < tops.names.size(); ++from) {
    for (const auto& [to, edge] : tops.imports[from]) {
      if (groups[from] != groups[to] || known.contains({tops.names[from], tops.names[to]}))
        continue;
      std::vector<Edge> circle{*edge};
      const std::vector<Edge> back = shortest_way(tops, groups, to, from, 0);
      circle.insert(circle.end(), back.begin(), back.end());
      std::set<std::string_view> modules;
      for (const Edge& part : circle) modules.insert(top_of(graph, part.from));
      if (said.insert(std::move(modules)).second) all.push_back(std::move(circle));
    }
  }
  return all;
}

core::Finding circle_finding(const ImportGraph& graph, const std::vector<Edge>& circle) {
  const Edge& first = circle.front();
  std::string text = fmt::format("imports go in a circle: {}", top_of(graph, first.from));
  for (const Edge& edge : circle) {
    text += fmt::format(" → {} ({}:{})", top_of(graph, edge.to), graph.files[edge.file], edge.line);
  }
  return {core::Rule::imports, core::Severity::warn, graph.files[first.file],
          first.line,          std::move(text),      {}};
}

}  // namespace gs::analyzers
