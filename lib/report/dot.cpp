#include <fmt/format.h>
#include <functional>
#include <map>
#include <optional>

#include "lib/core/text.h"
#include "lib/report/graph.h"
#include "lib/report/groups.h"
#include "lib/report/state_colours.h"

namespace gs::report {

namespace {

// In labels a backslash begins an escape; in names two of them are as good as one.
std::string dot_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string quoted(std::string_view name) {
  return '"' + dot_escaped(core::quote_path(name)) + '"';
}

std::string node_text(const GraphNode& node) {
  std::string more;
  if (!node.lines.empty()) {
    more = "label=\"" + dot_escaped(core::quote_path(node.name));
    for (const std::string& line : node.lines) more += "\\n" + dot_escaped(core::printable(line));
    more += '"';
  }
  for (const StateColours& colours : kStateColours) {
    if (colours.state != node.state) continue;
    more += fmt::format("{}style=\"rounded,filled\", fillcolor=\"{}\", color=\"{}\"",
                        more.empty() ? "" : ", ", colours.fill, colours.line);
  }
  return quoted(node.name) + (more.empty() ? "" : " [" + more + "]");
}

std::string edge_text(const GraphEdge& edge, bool constrains) {
  const std::string text =
      edge.label ? dot_escaped(core::printable(*edge.label)) : std::to_string(edge.count);
  std::string more = text.empty() ? "" : ", label=\"" + text + '"';
  if (edge.violation) more += ", color=red, fontcolor=red, penwidth=2";
  if (edge.dashed) more += ", style=dashed";
  if (!constrains) more += ", constraint=false";
  return more.empty() ? "" : " [" + more.substr(2) + "]";
}

void write_groups(std::string& out, const Graph& graph) {
  std::size_t number = 0;
  for (const Group& group : groups(graph)) {
    if (group.name.empty()) {
      for (const std::size_t node : group.nodes)
        out += fmt::format("  {};\n", node_text(graph.nodes[node]));
      continue;
    }
    out += fmt::format("  subgraph cluster_{} {{\n    label={};\n", number++, quoted(group.name));
    for (const std::size_t node : group.nodes)
      out += fmt::format("    {};\n", node_text(graph.nodes[node]));
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
  std::string out = "digraph " + graph.subject +
                    " {\n"
                    "  newrank=true;\n"
                    "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                    "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  write_groups(out, graph);
  write_ranks(out, graph);
  for (const GraphEdge& edge : graph.edges) {
    out += fmt::format("  {} -> {}{};\n", quoted(graph.nodes[edge.from].name),
                       quoted(graph.nodes[edge.to].name), edge_text(edge, !goes_up(graph, edge)));
  }
  return out + "}\n";
}

}  // namespace gs::report
