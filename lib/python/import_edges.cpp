// Edges as values that stand alone.

#include <algorithm>

#include "lib/python/modules.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::python {

std::vector<core::ImportEdge> import_edges(ModuleMap& modules, std::string_view path,
                                           std::string_view facts,
                                           std::vector<core::Partial>* partials) {
  ModuleMap::FileEdges found;
  modules.edges_of(path, facts, found);
  if (found.damaged) throw damaged_facts(path);
  const std::string importer = modules.module_of(path);
  std::vector<core::ImportEdge> edges;
  const auto add = [&](const auto& import) -> core::ImportEdge& {
    core::ImportEdge& edge = edges.emplace_back();
    edge.importer = importer;
    edge.path = path;
    edge.line = import.line;
    edge.names.assign(import.names.begin(), import.names.end());
    edge.kind = import.kind;
    edge.scope = import.scope;
    edge.type_checking = import.type_checking;
    edge.guarded = import.guarded;
    return edge;
  };
  for (const ModuleMap::Edge& import : found.edges) {
    core::ImportEdge& edge = add(import);
    edge.target = modules.name(import.target);
    edge.target_path = modules.found(import.target).path;
    edge.internal = modules.internal(import.target);
  }
  for (const ModuleMap::Beyond& import : found.beyond) {
    core::ImportEdge& edge = add(import);
    edge.target = import.written;
    edge.beyond_top = true;
  }
  std::ranges::stable_sort(edges, {}, &core::ImportEdge::line);
  if (partials != nullptr) *partials = std::move(found.partials);
  return edges;
}

core::Error damaged_facts(std::string_view path) {
  return {core::ExitCode::broken,
          "cannot read what is known of the imports of " + core::quote_path(path) +
              ": the facts are damaged",
          "delete the facts cache; it is made anew"};
}

}  // namespace gs::python
