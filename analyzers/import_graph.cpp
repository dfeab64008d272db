#include "analyzers/import_graph.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "lib/python/hash_index.h"

namespace gs::analyzers {

namespace {

using Places = std::vector<std::optional<LayerMap::Place>>;

Places places_of(const std::vector<std::string>& modules, const LayerMap& layers) {
  Places places;
  places.reserve(modules.size());
  for (const std::string& module : modules) places.push_back(layers.place(module));
  return places;
}

bool violates(const ImportGraph& graph, const ImportGraph::Edge& edge, const LayerMap& layers,
              const Places& places) {
  const auto &from = places[edge.from], &to = places[edge.to];
  return from && to && !layers.allows(*from, *to) &&
         !layers.ignored(graph.modules[edge.from], graph.modules[edge.to], edge.kind,
                         edge.type_checking);
}

// The nodes of a folded graph, and which one each module belongs to.
struct Groups {
  std::vector<FoldedGraph::Node> nodes;
  std::vector<std::size_t> of_module;
};

Groups group_by_name(const ImportGraph& graph, const LayerMap& layers, Fold by) {
  std::map<std::string_view, std::size_t> numbers;
  const auto name = [&](const std::string& module) {
    const std::string_view all = module;
    return by == Fold::top ? all.substr(0, all.find('.')) : all;
  };
  for (const std::string& module : graph.modules) numbers.emplace(name(module), 0);
  Groups groups;
  for (auto& [key, number] : numbers) {
    number = groups.nodes.size();
    const auto place = layers.place(key);
    groups.nodes.push_back({std::string(key), place ? static_cast<int>(place->level) : -1});
  }
  for (const std::string& module : graph.modules) {
    groups.of_module.push_back(numbers.find(name(module))->second);
  }
  return groups;
}

// All layers from the lowest, then what is in none, where there is such a thing.
Groups group_by_layer(const Places& places, const LayerMap& layers) {
  Groups groups;
  for (std::size_t level = 0; level < layers.size(); ++level) {
    groups.nodes.push_back({layers.layer_name(level), static_cast<int>(level)});
  }
  for (const auto& place : places) {
    groups.of_module.push_back(place ? place->level : layers.size());
  }
  if (std::ranges::any_of(places, [](const auto& place) { return !place; })) {
    groups.nodes.push_back({"no layer", -1});
  }
  return groups;
}

}  // namespace

std::vector<Violation> layer_violations(const ImportGraph& graph, const LayerMap& layers) {
  std::vector<Violation> violations;
  const Places places = places_of(graph.modules, layers);
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> said;
  for (const ImportGraph::Edge& edge : graph.edges) {
    if (!violates(graph, edge, layers, places)) continue;
    if (!said.emplace(edge.file, edge.from, edge.to).second) continue;
    violations.push_back({edge, *layers.fault(graph.modules[edge.from], graph.modules[edge.to])});
  }
  const auto rank = [&](const Violation& violation) {
    const ImportGraph::Edge& edge = violation.edge;
    const std::size_t up = places[edge.to]->level - places[edge.from]->level;
    return std::tuple(edge.file, layers.size() - up, edge.line, edge.to);
  };
  std::ranges::sort(violations, {}, rank);
  return violations;
}

std::vector<std::string> modules_in_no_layer(const std::vector<std::string>& modules,
                                             const LayerMap& layers) {
  if (layers.empty()) return {};
  const auto top_of = [](const std::string& module) { return module.substr(0, module.find('.')); };
  std::set<std::string> placed_tops, unplaced;
  for (const std::string& module : modules) {
    if (layers.place(module)) placed_tops.insert(top_of(module));
  }
  for (const std::string& module : modules) {
    if (layers.place(module)) continue;
    unplaced.insert(placed_tops.contains(top_of(module)) ? module : top_of(module));
  }
  return {unplaced.begin(), unplaced.end()};
}

FoldedGraph fold(const ImportGraph& graph, const LayerMap& layers, Fold by) {
  const Places places = places_of(graph.modules, layers);
  Groups groups =
      by == Fold::layer ? group_by_layer(places, layers) : group_by_name(graph, layers, by);
  std::vector<FoldedGraph::Edge> edges;
  python::FlatIndex known;
  for (const ImportGraph::Edge& edge : graph.edges) {
    const std::size_t from = groups.of_module[edge.from], to = groups.of_module[edge.to];
    if (from == to) continue;
    const std::uint64_t key = (std::uint64_t{from} << 32U) | to;
    const std::uint64_t hash = key * 0x9e3779b97f4a7c15;
    std::uint32_t at = known.find(
        hash, [&](std::uint32_t i) { return edges[i].from == from && edges[i].to == to; });
    if (at == python::FlatIndex::kNone) {
      at = static_cast<std::uint32_t>(edges.size());
      edges.push_back({from, to, 0, false});
      known.insert(hash, at);
    }
    ++edges[at].count;
    edges[at].violation = edges[at].violation || violates(graph, edge, layers, places);
  }
  std::ranges::sort(edges, [](const FoldedGraph::Edge& a, const FoldedGraph::Edge& b) {
    return std::tie(a.from, a.to) < std::tie(b.from, b.to);
  });
  return {std::move(groups.nodes), std::move(edges)};
}

}  // namespace gs::analyzers
