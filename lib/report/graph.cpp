// Graphs in the languages of Graphviz and Mermaid, and as JSON.

#include "lib/report/graph.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <functional>
#include <map>

#include "lib/core/json.h"
#include "lib/core/text.h"

namespace gs::report {

namespace {

struct StateColours {
  NodeState state;
  std::string_view name, fill, line;
};

constexpr std::array<StateColours, 5> kStateColours{{
    {NodeState::waiting, "waiting", "#f1f3f5", "#868e96"},
    {NodeState::ready, "ready", "#d0ebff", "#1971c2"},
    {NodeState::in_progress, "in_progress", "#fff3bf", "#e67700"},
    {NodeState::completed, "completed", "#d3f9d8", "#2f9e44"},
    {NodeState::merged, "merged", "#e5dbff", "#6741d9"},
}};

// A graph's nodes by their groups, as the pictures show them.
struct Group {
  std::string name;
  int level = -1;
  std::vector<std::size_t> nodes;  // indices, ascending
};

// The highest level first, then in order of appearance; the group of those without one (an empty
// name) last.
std::vector<Group> groups(const Graph& graph) {
  std::vector<Group> found;
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const auto [at, is_new] = place.try_emplace(node.group, found.size());
    if (is_new) found.push_back({node.group, node.level, {}});
    found[at->second].nodes.push_back(i);
  }
  std::stable_sort(found.begin(), found.end(), [](const Group& a, const Group& b) {
    if (a.name.empty() != b.name.empty()) return b.name.empty();
    return a.level > b.level;
  });
  return found;
}

// Graphviz.

// In labels a backslash begins an escape; in names two of them are as good as one.
std::string dot_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string in_quotes(std::string_view name) {
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
  return in_quotes(node.name) + (more.empty() ? "" : " [" + more + "]");
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
    out +=
        fmt::format("  subgraph cluster_{} {{\n    label={};\n", number++, in_quotes(group.name));
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
    for (const std::size_t node : row)
      out += fmt::format(" {};", in_quotes(graph.nodes[node].name));
    out += " }\n";
    const std::string& first = graph.nodes[row.front()].name;
    if (above) {
      out += fmt::format("  {} -> {} [style=invis];\n", in_quotes(graph.nodes[*above].name),
                         in_quotes(first));
    }
    above = row.front();
  }
}

// Such an edge must not turn the rows over.
bool goes_up(const Graph& graph, const GraphEdge& edge) {
  const int from = graph.nodes[edge.from].level, to = graph.nodes[edge.to].level;
  return edge.violation || (from >= 0 && from < to);
}

// Mermaid.

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

std::string_view state_name(NodeState state) {
  for (const StateColours& row : kStateColours) {
    if (row.state == state) return row.name;
  }
  return "unknown";
}

std::string state_text(NodeState state) {
  std::string text(state_name(state));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string dot(const Graph& graph) {
  std::string out = "digraph " + graph.subject +
                    " {\n"
                    "  newrank=true;\n"
                    "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                    "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  write_groups(out, graph);
  write_ranks(out, graph);
  for (const GraphEdge& edge : graph.edges) {
    out +=
        fmt::format("  {} -> {}{};\n", in_quotes(graph.nodes[edge.from].name),
                    in_quotes(graph.nodes[edge.to].name), edge_text(edge, !goes_up(graph, edge)));
  }
  return out + "}\n";
}

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

std::string json(const Graph& graph) {
  core::JsonWriter json;
  json.begin_object().member("schema", 1).key("nodes").begin_array();
  for (const GraphNode& node : graph.nodes) {
    json.begin_object().member("name", core::json_path(node.name));
    if (!node.group.empty()) json.member("group", core::json_path(node.group));
    if (node.level >= 0) json.member("level", node.level);
    json.end_object();
  }
  json.end_array().key("edges").begin_array();
  for (const GraphEdge& edge : graph.edges) {
    json.begin_object().member("from", core::json_path(graph.nodes[edge.from].name));
    json.member("to", core::json_path(graph.nodes[edge.to].name));
    json.member("count", edge.count).member("violation", edge.violation).end_object();
  }
  return json.end_array().end_object().take() + '\n';
}

}  // namespace gs::report
