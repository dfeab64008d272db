#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/graph.h"
#include "lib/report/groups.h"

namespace gs::report {

namespace {

// In quotes, with Mermaid's own entities for what ends a label or means markup in it.
std::string label(std::string_view name) {
  std::string out = "\"";
  for (const char c : core::quote_path(name)) {
    if (std::string_view("\"#&<>`\\").find(c) != std::string_view::npos) {
      out += fmt::format("#{};", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

void write_nodes(std::string& out, const Graph& graph, const Group& group, const char* indent) {
  for (const std::size_t node : group.nodes)
    out += fmt::format("{}n{}[{}]\n", indent, node, label(graph.nodes[node].name));
}

}  // namespace

std::string mermaid(const Graph& graph) {
  std::string out = "flowchart TD\n";
  std::size_t number = 0;
  for (const Group& group : groups(graph)) {
    if (group.name.empty()) {
      write_nodes(out, graph, group, "  ");
      continue;
    }
    out += fmt::format("  subgraph g{}[{}]\n", number++, label(group.name));
    write_nodes(out, graph, group, "    ");
    out += "  end\n";
  }
  std::string violations;
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const GraphEdge& edge = graph.edges[i];
    out += fmt::format("  n{} -->|{}| n{}\n", edge.from, edge.count, edge.to);
    if (edge.violation) violations += fmt::format("{}{}", violations.empty() ? "" : ",", i);
  }
  if (!violations.empty())
    out += "  linkStyle " + violations + " stroke:red,stroke-width:2px,color:red\n";
  return out;
}

}  // namespace gs::report
