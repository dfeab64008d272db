#pragma once
// The internal import graph of a whole tree, and the questions that are asked of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/layers.h"
#include "lib/core/finding.h"
#include "lib/core/import_facts.h"
#include "lib/python/modules.h"

namespace gs::analyzers {

// Modules as dense numbers in the order of their names, files likewise; edges by importer, file and
// line, each pair and file once: its first place, where a plain import wins over a dynamic one and
// over one for type checking only (a pair that has just those two has both). None from a module to
// itself. Made by graph_builder.h.
struct ImportGraph {
  struct Edge {
    std::uint32_t from = 0, to = 0;  // indices into modules
    std::uint32_t file = 0;          // index into files
    std::uint32_t line = 0;
    core::ImportKind kind = core::ImportKind::import;
    bool type_checking = false, guarded = false;
  };
  struct Remark {  // beyond the top level, or a partial parse
    std::uint32_t file = 0;
    std::uint32_t line = 0;
    std::string text;
  };
  std::vector<std::string> modules, files;
  std::vector<Edge> edges;  // internal ones only
  std::vector<Remark> remarks;
};

// All violations of the layers, each pair and file once: by file, within one the worst (most levels
// up) first.
struct Violation {
  ImportGraph::Edge edge;
  std::string message;
};
std::vector<Violation> layer_violations(const ImportGraph& graph, const LayerMap& layers);

// Those of the modules that no layer holds; sorted. A top-level package with none of them in a
// layer stands once, for all. Nothing where there are no layers.
std::vector<std::string> modules_in_no_layer(const std::vector<std::string>& modules,
                                             const LayerMap& layers);

// The shortest chain of imports that leads from a module, or any below it, to another, or any below
// that; edges in order, empty when there is none. Of two that are nested, the narrower is no part
// of the wider. With several chains, the first by the modules' names.
std::vector<ImportGraph::Edge> shortest_chain(const ImportGraph& graph, std::string_view from,
                                              std::string_view to);

// Groups of top-level modules that import each other in a circle, without type-checking imports:
// for each group one shortest circle, as edges.
std::vector<std::vector<ImportGraph::Edge>> cycles(const ImportGraph& graph);

// For each import between two top-level modules that `before` has none between, and that closes a
// circle: a shortest such circle, beginning with it. Each set of modules once.
std::vector<std::vector<ImportGraph::Edge>> new_cycles(const ImportGraph& before,
                                                       const ImportGraph& graph);

// A circle as a warning of rule `imports`, at its first import.
core::Finding circle_finding(const ImportGraph& graph,
                             const std::vector<ImportGraph::Edge>& circle);

// The graph folded: by module as it is, by package (a module that is none belongs to the one that
// it is in), by top-level module, or by layer.
enum class Fold { module, package, top, layer };
struct FoldedGraph {
  struct Node {
    std::string name;
    int level = -1;  // layer; -1: in none
  };
  struct Edge {
    std::size_t from = 0, to = 0, count = 0;
    bool violation = false;
  };
  // By name. Layers: all of them by level, then "no layer" where some module is in none.
  std::vector<Node> nodes;
  std::vector<Edge> edges;  // by from and to; none from a node to itself
};
FoldedGraph fold(const ImportGraph& graph, const LayerMap& layers, Fold by);

// The nodes of a package and what is in it, and those that not more than `depth` imports lead to or
// from; with the edges between them. Nothing where no node has that name or is below it.
std::optional<FoldedGraph> around(const FoldedGraph& graph, std::string_view package,
                                  std::size_t depth);

// ---- Makes the import graph of a tree, file by file.

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
