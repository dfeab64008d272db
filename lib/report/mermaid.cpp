#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/graph.h"
#include "lib/report/groups.h"
#include "lib/report/state_colours.h"

namespace gs::report {

namespace {

// With Mermaid's own entities for what ends a label or means markup in it.
std::string mermaid_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\"#&<>`\\").find(c) != std::string_view::npos) {
      out += fmt::format("#{};", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string label(std::string_view name) {
  return '"' + mermaid_escaped(core::quote_path(name)) + '"';
}

std::string node_label(const GraphNode& node) {
  std::string out = mermaid_escaped(core::quote_path(node.name));
  for (const std::string& line : node.lines)
    out += "<br/>" + mermaid_escaped(core::printable(line));
  return '"' + out + '"';
}

std::string arrow(const GraphEdge& edge) {
  const std::string line = edge.dashed ? "-.->" : "-->";
  if (!edge.label) return fmt::format("{}|{}|", line, edge.count);
  return edge.label->empty() ? line
                             : line + "|\"" + mermaid_escaped(core::printable(*edge.label)) + "\"|";
}

void write_states(std::string& out, const Graph& graph) {
  for (const StateColours& colours : kStateColours) {
    std::string nodes;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      if (graph.nodes[i].state == colours.state)
        nodes += fmt::format("{}n{}", nodes.empty() ? "" : ",", i);
    }
    if (nodes.empty()) continue;
    out += fmt::format("  classDef {} fill:{},stroke:{},color:#212529\n", colours.name,
                       colours.fill, colours.line);
    out += fmt::format("  class {} {}\n", nodes, colours.name);
  }
}

void write_nodes(std::string& out, const Graph& graph, const Group& group, const char* indent) {
  for (const std::size_t node : group.nodes)
    out += fmt::format("{}n{}[{}]\n", indent, node, node_label(graph.nodes[node]));
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
    out += fmt::format("  n{} {} n{}\n", edge.from, arrow(edge), edge.to);
    if (edge.violation) violations += fmt::format("{}{}", violations.empty() ? "" : ",", i);
  }
  if (!violations.empty())
    out += "  linkStyle " + violations + " stroke:red,stroke-width:2px,color:red\n";
  write_states(out, graph);
  return out;
}

}  // namespace gs::report
