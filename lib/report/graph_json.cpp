#include "lib/core/json_writer.h"
#include "lib/core/text.h"
#include "lib/report/graph.h"

namespace gs::report {

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
