#pragma once
// Makes the import graph of a tree, file by file.

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzers/import_graph.h"
#include "lib/python/modules.h"

namespace gs::analyzers {

class GraphBuilder {
 public:
  explicit GraphBuilder(python::ModuleMap& modules) : modules_(modules) {}

  // A file's module, imports and remarks. The order of calls makes no difference to the graph.
  // Throws damaged_facts.
  void add(std::string_view path, std::string_view facts);

  std::size_t imports() const { return imports_; }  // edges seen so far, external ones too

  ImportGraph take();  // leaves the builder empty

 private:
  // The edges from the file in hand to a module: one, or two that stand for different kinds.
  struct Kept {
    std::uint32_t file = UINT32_MAX;
    std::uint32_t edges[2] = {UINT32_MAX, UINT32_MAX};
  };

  std::uint32_t node(python::ModuleId id);
  void keep(const ImportGraph::Edge& edge);
  void add_remarks(std::uint32_t file);

  python::ModuleMap& modules_;
  python::ModuleMap::FileEdges found_;
  ImportGraph graph_;
  std::vector<std::uint32_t> nodes_;  // by ModuleId; UINT32_MAX: not in the graph yet
  std::vector<Kept> kept_;            // by node
  std::size_t imports_ = 0;
};

}  // namespace gs::analyzers
