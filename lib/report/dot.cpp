#include <fmt/format.h>
#include <functional>
#include <map>
#include <optional>

#include "lib/core/text.h"
#include "lib/report/graph.h"
#include "lib/report/groups.h"

namespace gs::report {

namespace {

// In labels a backslash begins an escape; in names two of them are as good as one.
std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : core::quote_path(name)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void write_groups(std::string& out, const Graph& graph) {
  std::size_t number = 0;
  for (const Group& group : groups(graph)) {
    if (group.name.empty()) {
      for (const std::size_t node : group.nodes)
        out += fmt::format("  {};\n", quoted(graph.nodes[node].name));
      continue;
    }
    out += fmt::format("  subgraph cluster_{} {{\n    label={};\n", number++, quoted(group.name));
    for (const std::size_t node : group.nodes)
      out += fmt::format("    {};\n", quoted(graph.nodes[node].name));
    out += "  }\n";
  }
}

// One row a level, the highest first; an edge that is not seen keeps each row above the next.
void write_ranks(std::string& out, const Graph& graph) {
  std::map<int, std::vector<std::size_t>, std::greater<>> rows;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].level >= 0) rows[graph.nodes[i].level].push_back(i);
  }
  std::optional<std::size_t> above;
  for (const auto& [level, row] : rows) {
    out += "  { rank=same;";
    for (const std::size_t node : row) out += fmt::format(" {};", quoted(graph.nodes[node].name));
    out += " }\n";
    const std::string& first = graph.nodes[row.front()].name;
    if (above) {
      out += fmt::format("  {} -> {} [style=invis];\n", quoted(graph.nodes[*above].name),
                         quoted(first));
    }
    above = row.front();
  }
}

// Such an edge must not turn the rows over.
bool goes_up(const Graph& graph, const GraphEdge& edge) {
  const int from = graph.nodes[edge.from].level, to = graph.nodes[edge.to].level;
  return edge.violation || (from >= 0 && from < to);
}

}  // namespace

std::string dot(const Graph& graph) {
  std::string out =
      "digraph imports {\n"
      "  newrank=true;\n"
      "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  write_groups(out, graph);
  write_ranks(out, graph);
  for (const GraphEdge& edge : graph.edges) {
    out += fmt::format("  {} -> {} [label=\"{}\"", quoted(graph.nodes[edge.from].name),
                       quoted(graph.nodes[edge.to].name), edge.count);
    if (edge.violation) out += ", color=red, fontcolor=red, penwidth=2";
    if (goes_up(graph, edge)) out += ", constraint=false";
    out += "];\n";
  }
  return out + "}\n";
}

}  // namespace gs::report
