#pragma once
// Which file is which module, and where an imported name leads (contract, section 9): CPython's
// path-based finder on a tree instead of a disk.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/import_facts.h"

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

// ---- One step of a module search: a component looked for in some folders of a tree (contract,
// section 9). Remembers nothing of the tree but its folders' names.

class ModuleFinder {
 public:
  using Folder = std::uint32_t;
  struct Answer {
    FoundModule found;
    std::vector<Folder> folders;  // where a package's own components are looked for
  };

  ModuleFinder(core::SourceTree& tree, const std::vector<std::string>& roots);

  std::span<const Folder> roots() const { return roots_; }
  Answer look(std::span<const Folder> folders, std::string_view component);

 private:
  bool has(Folder folder, std::string_view component, std::string_view ending);
  bool has_folder(Folder folder, std::string_view component);
  const std::string& path_of(Folder folder, std::string_view component, std::string_view ending);
  Folder add_folder(std::string_view path);
  Answer package(Folder folder, std::string_view component, std::string_view ending);
  Answer module(Folder folder, std::string_view component, std::string_view ending);

  core::SourceTree& tree_;
  std::vector<std::string> folders_;  // paths with a '/' at the end; "" is the top
  std::vector<Folder> roots_;
  std::string path_;  // reused
};

// ---- Names of modules and packages, from paths and from relative imports.

struct FileModule {
  std::string module;   // "llm.sentiment"
  std::string package;  // from which its relative imports start: "llm"; empty at the top
};

// Of a file, below the longest of these roots that holds it (none does: below the top). An
// __init__.py directly in a root is the plain module "__init__", as it is to CPython. `into` is
// overwritten.
void name_file(std::string_view path, const std::vector<std::string>& roots, FileModule& into);

// The package that `level` leading dots mean; nothing beyond the top level.
std::optional<std::string_view> relative_base(std::string_view package, std::uint32_t level);

// Roots in one spelling ("./x/" is "x", "." is ""), each once, without those in which nothing
// counts because a folder's name starts with '.' or is __pycache__.
std::vector<std::string> normal_roots(const std::vector<std::string>& given);

}  // namespace gs::python
