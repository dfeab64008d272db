#pragma once
// A graph in the languages that draw it.

#include <string>
#include <vector>

namespace gs::report {

struct GraphNode {
  std::string name;
  std::string group;  // a layer's name; empty: none
  int level = -1;     // of the group; higher ones are drawn further up
};

struct GraphEdge {
  std::size_t from = 0, to = 0;  // indices of nodes
  std::size_t count = 1;         // imports
  bool violation = false;
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
};

std::string dot(const Graph& graph);      // Graphviz, groups as clusters
std::string mermaid(const Graph& graph);  // flowchart, groups as subgraphs
std::string json(const Graph& graph);     // {"schema": 1, "nodes": [...], "edges": [...]}

}  // namespace gs::report
