#pragma once
// A graph in the languages that draw it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::report {

// How far what a node stands for is; none: it is not drawn.
enum class NodeState { none, waiting, ready, in_progress, completed, merged };
std::string_view state_name(NodeState state);  // "in_progress"
std::string state_text(NodeState state);       // "in progress"

struct GraphNode {
  std::string name;   // no other node's
  std::string group;  // a layer's name; empty: none
  int level = -1;     // of the group; higher ones are drawn further up
  NodeState state = NodeState::none;
  std::vector<std::string> lines = {};  // below the name
};

struct GraphEdge {
  std::size_t from = 0, to = 0;  // indices of nodes
  std::size_t count = 1;         // imports
  bool violation = false;
  bool dashed = false;
  std::optional<std::string> label = {};  // drawn instead of the count; empty: neither
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
  std::string subject = "imports";  // what it is of: an identifier
};

std::string dot(const Graph& graph);      // Graphviz, groups as clusters
std::string mermaid(const Graph& graph);  // flowchart, groups as subgraphs
// {"schema": 1, "nodes": [...], "edges": [...]}, without states, lines and labels.
std::string json(const Graph& graph);

}  // namespace gs::report
