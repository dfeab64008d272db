#pragma once
// Which file is which module, and where an imported name leads (contract, section 9): CPython's
// path-based finder on a tree instead of a disk.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/import_edge.h"
#include "lib/core/import_facts.h"
#include "lib/core/source_tree.h"

namespace gs::python {

// `python.roots` as they are given, or the default ones; "" is the top.
std::vector<std::string> python_roots(const std::vector<std::string>& given,
                                      core::SourceTree& tree);

// A module that was looked for; ids are dense, from 0, and stay what they are.
using ModuleId = std::uint32_t;

struct FoundModule {
  enum class Kind : std::uint8_t { absent, module, package, namespace_package };
  Kind kind = Kind::absent;
  std::string path;  // of the module's or the package's file; empty for the other kinds
};

// Remembers every answer. The tree must outlive it.
class ModuleMap {
 public:
  ModuleMap(core::SourceTree& tree, std::vector<std::string> roots);
  ~ModuleMap();
  ModuleMap(const ModuleMap&) = delete;
  ModuleMap& operator=(const ModuleMap&) = delete;

  // The module that a file is; its path below the longest root that holds it, or below the top. An
  // __init__.py directly in a root is the plain module "__init__", as it is to CPython.
  std::string module_of(std::string_view path) const;

  ModuleId find(std::string_view module);
  const FoundModule& found(ModuleId id) const;
  std::string_view name(ModuleId id) const;
  bool internal(ModuleId id);  // the first component resolves

  struct Edge {
    ModuleId target;
    std::uint32_t line;
    core::ImportKind kind;
    core::ImportScope scope;
    bool type_checking, guarded;
    std::vector<std::string_view> names;  // live as long as the facts
  };
  struct Beyond {  // a relative import beyond the top level
    std::uint32_t line;
    std::string written;  // "...base"
    core::ImportKind kind;
    core::ImportScope scope;
    bool type_checking, guarded;
    std::vector<std::string_view> names;
  };
  struct FileEdges {
    std::vector<Edge> edges;  // by line; one for each imported module of a statement
    std::vector<Beyond> beyond;
    std::vector<core::Partial> partials;
    bool damaged = false;  // the facts' bytes are no facts
  };
  // The edges of one file from its facts. `into` is cleared first; its memory is reused.
  void edges_of(std::string_view path, std::string_view facts, FileEdges& into);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same as values that stand alone, `beyond` among them: for one file at a time. Throws
// damaged_facts.
std::vector<core::ImportEdge> import_edges(ModuleMap& modules, std::string_view path,
                                           std::string_view facts,
                                           std::vector<core::Partial>* partials = nullptr);

core::Error damaged_facts(std::string_view path);

}  // namespace gs::python
