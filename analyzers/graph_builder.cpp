#include "analyzers/graph_builder.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace gs::analyzers {

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

}  // namespace gs::analyzers
