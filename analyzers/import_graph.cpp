#include "analyzers/import_graph.h"

#include <algorithm>
#include <map>
#include <numeric>
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

std::string_view parent_of(std::string_view module) {
  const std::size_t dot = module.rfind('.');
  return dot == module.npos ? std::string_view() : module.substr(0, dot);
}

// Modules that others are in.
std::set<std::string_view> packages_of(const ImportGraph& graph) {
  std::set<std::string_view> packages;
  for (const std::string& module : graph.modules) {
    for (std::string_view above = parent_of(module); !above.empty(); above = parent_of(above))
      packages.insert(above);
  }
  return packages;
}

Groups group_by_name(const ImportGraph& graph, const LayerMap& layers, Fold by) {
  std::map<std::string_view, std::size_t> numbers;
  const std::set<std::string_view> packages = packages_of(graph);
  const auto name = [&](const std::string& module) {
    const std::string_view all = module;
    if (by == Fold::top) return all.substr(0, all.find('.'));
    const bool inside = by == Fold::package && !packages.contains(all) && !parent_of(all).empty();
    return inside ? parent_of(all) : all;
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

std::optional<FoldedGraph> around(const FoldedGraph& graph, std::string_view package,
                                  std::size_t depth) {
  const std::size_t size = graph.nodes.size();
  std::vector<bool> kept(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::string& name = graph.nodes[i].name;
    const bool below = name.starts_with(package) && name.substr(package.size()).starts_with('.');
    kept[i] = name == package || below;
  }
  if (std::ranges::find(kept, true) == kept.end()) return std::nullopt;
  for (std::size_t step = 0; step < depth; ++step) {
    std::vector<bool> more = kept;
    for (const FoldedGraph::Edge& edge : graph.edges) {
      if (kept[edge.from] || kept[edge.to]) more[edge.from] = more[edge.to] = true;
    }
    if (more == kept) break;
    kept = std::move(more);
  }
  FoldedGraph part;
  std::vector<std::size_t> number(size);
  for (std::size_t i = 0; i < size; ++i) {
    number[i] = part.nodes.size();
    if (kept[i]) part.nodes.push_back(graph.nodes[i]);
  }
  for (FoldedGraph::Edge edge : graph.edges) {
    if (!kept[edge.from] || !kept[edge.to]) continue;
    edge.from = number[edge.from];
    edge.to = number[edge.to];
    part.edges.push_back(edge);
  }
  return part;
}

namespace {

using Edge = ImportGraph::Edge;
constexpr std::uint32_t kNowhere = UINT32_MAX;

// What a policy may not count in an edge, as bits.
unsigned reasons(const Edge& edge) {
  const unsigned dynamic = edge.kind == core::ImportKind::dynamic ? 1 : 0;
  return dynamic | (edge.type_checking ? 2U : 0U);
}

// Whether an edge counts wherever the other one does.
bool covers(const Edge& edge, const Edge& other) {
  return (reasons(edge) & ~reasons(other)) == 0;
}

// Puts names in order; for each old number the new one.
std::vector<std::uint32_t> sort_names(std::vector<std::string>& names) {
  std::vector<std::uint32_t> order(names.size()), renamed(names.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
  std::vector<std::string> sorted;
  sorted.reserve(names.size());
  for (const std::uint32_t old : order) {
    renamed[old] = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(names[old]));
  }
  names = std::move(sorted);
  return renamed;
}

// By importer, then by place. Files come in order more often than not.
void sort_edges(std::vector<Edge>& edges, std::size_t modules) {
  const auto place = [](const Edge& a, const Edge& b) {
    return std::tie(a.file, a.line, a.to) < std::tie(b.file, b.line, b.to);
  };
  if (!std::ranges::is_sorted(edges, place)) std::ranges::stable_sort(edges, place);
  std::vector<std::size_t> starts(modules + 1, 0);
  for (const Edge& edge : edges) ++starts[edge.from + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<Edge> sorted(edges.size());
  for (const Edge& edge : edges) sorted[starts[edge.from]++] = edge;
  edges = std::move(sorted);
}

}  // namespace

std::uint32_t GraphBuilder::node(python::ModuleId id) {
  if (id >= nodes_.size()) nodes_.resize(std::size_t{id} + id / 2 + 16, kNowhere);
  if (nodes_[id] == kNowhere) {
    nodes_[id] = static_cast<std::uint32_t>(graph_.modules.size());
    graph_.modules.emplace_back(modules_.name(id));
    kept_.emplace_back();
  }
  return nodes_[id];
}

void GraphBuilder::keep(const Edge& edge) {
  Kept& kept = kept_[edge.to];
  if (kept.file != edge.file) kept = Kept{edge.file, {kNowhere, kNowhere}};
  bool placed = false;
  for (std::uint32_t& at : kept.edges) {
    if (at == kNowhere) continue;
    if (covers(graph_.edges[at], edge)) return;
    if (!covers(edge, graph_.edges[at])) continue;
    graph_.edges[at].from = kNowhere;
    at = kNowhere;
  }
  for (std::uint32_t& at : kept.edges) {
    if (placed || at != kNowhere) continue;
    at = static_cast<std::uint32_t>(graph_.edges.size());
    graph_.edges.push_back(edge);
    placed = true;
  }
}

void GraphBuilder::add_remarks(std::uint32_t file) {
  for (const python::ModuleMap::Beyond& beyond : found_.beyond) {
    graph_.remarks.push_back({file, beyond.line, beyond_text(beyond.written)});
  }
  for (const core::Partial& partial : found_.partials) {
    graph_.remarks.push_back({file, partial.line, partial_text(partial)});
  }
}

void GraphBuilder::add(std::string_view path, std::string_view facts) {
  modules_.edges_of(path, facts, found_);
  if (found_.damaged) throw python::damaged_facts(path);
  const auto file = static_cast<std::uint32_t>(graph_.files.size());
  graph_.files.emplace_back(path);
  imports_ += found_.edges.size();
  const std::uint32_t from = node(modules_.find(modules_.module_of(path)));
  for (const python::ModuleMap::Edge& import : found_.edges) {
    if (!modules_.internal(import.target)) continue;
    const std::uint32_t to = node(import.target);
    if (to == from) continue;
    keep({from, to, file, import.line, import.kind, import.type_checking, import.guarded});
  }
  add_remarks(file);
}

ImportGraph GraphBuilder::take() {
  ImportGraph graph = std::exchange(graph_, {});
  nodes_.clear();
  kept_.clear();
  const std::vector<std::uint32_t> module = sort_names(graph.modules),
                                   file = sort_names(graph.files);
  std::erase_if(graph.edges, [](const Edge& edge) { return edge.from == kNowhere; });
  for (Edge& edge : graph.edges) {
    edge.from = module[edge.from];
    edge.to = module[edge.to];
    edge.file = file[edge.file];
  }
  sort_edges(graph.edges, graph.modules.size());
  for (ImportGraph::Remark& remark : graph.remarks) remark.file = file[remark.file];
  std::ranges::stable_sort(graph.remarks, [](const auto& a, const auto& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return graph;
}

// The shortest way from one module to another.

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
