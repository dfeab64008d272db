#pragma once
// One side of a merge as code: its tree as Python sees it, what it touches, and what it builds on.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzers/broken_references.h"
#include "analyzers/class_hierarchy.h"
#include "analyzers/symbols.h"
#include "lib/conflicts/conflict.h"
#include "lib/core/import_facts.h"
#include "lib/facts/blob_facts.h"
#include "lib/python/modules.h"
#include "lib/session/session.h"

namespace gs::conflicts {

// Not moved: its parts know each other. `knowledge` must outlive it.
struct TreeView {
  TreeView(session::Session& session, facts::BlobKnowledge& knowledge, const core::ObjectId& commit,
           const core::ChangeSet& changes = {});
  TreeView(const TreeView&) = delete;
  TreeView& operator=(const TreeView&) = delete;

  bool have(std::string_view module) {
    return modules.found(modules.find(module)).kind != python::FoundModule::Kind::absent;
  }
  // The edges of a Python file; none where there is no such file.
  std::vector<core::ImportEdge> edges(const std::string& path);

  facts::BlobKnowledge& knowledge;
  std::unique_ptr<core::SourceTree> tree;
  python::ModuleMap modules;
  analyzers::OfferedNames offered;
  analyzers::CalledTree called;
  analyzers::ClassHierarchy classes;
};

using TopPair = std::pair<std::string, std::string>;  // importing and imported top-level module

// Not moved. What it refers to must outlive it.
class SideIndex {
 public:
  SideIndex(session::Session& session, facts::BlobKnowledge& knowledge, const MergeSide& side,
            std::size_t number);
  SideIndex(const SideIndex&) = delete;
  SideIndex& operator=(const SideIndex&) = delete;

  const MergeSide& side() const { return side_; }
  std::size_t number() const { return number_; }
  TreeView& view() { return view_; }

  // The Python files that it has added or changed, or deleted, in path order.
  const std::vector<std::string>& sources() const { return sources_; }
  bool changed(std::string_view path) const;
  // Of the modules that they import: what the questions below read.
  std::vector<core::ObjectId> imported_sources();
  // Whether it has changed the file of a module that may have this name.
  bool touches(std::string_view module) const { return touched_.contains(module); }
  // Whether an import, as written or through star imports and packages that hand names on, leads
  // to what the other touches.
  bool leads_to(const core::ImportEdge& edge, const SideIndex& other);
  // Whether any import of that source of its own does, or a class of it inherits from what the
  // other has changed, over one module between the two.
  bool builds_on(const std::string& path, const SideIndex& other);

  // Imports between top-level modules that its changed files have, and did not have before; and
  // those that files have no more. Type-checking imports do not count.
  const std::map<TopPair, ConflictPlace>& new_tops();
  const std::map<TopPair, std::set<std::string>>& lost_tops();

 private:
  using Names = std::set<std::string, std::less<>>;

  void note(const core::Change& change);
  const Names& behind(const std::string& module);
  const Names& imports_of(const std::string& module);
  bool inherits_from(const std::string& path, const SideIndex& other);
  void compare_tops();

  session::Session& session_;
  facts::BlobKnowledge& knowledge_;
  const MergeSide& side_;
  const std::size_t number_;
  TreeView view_;
  std::vector<std::string> sources_;
  Names touched_;
  std::map<std::string, Names> behind_, imports_;
  std::map<std::string, std::vector<core::ImportEdge>> edges_;  // of the sources
  bool tops_compared_ = false;
  std::map<TopPair, ConflictPlace> new_tops_;
  std::map<TopPair, std::set<std::string>> lost_tops_;
};

// The Python files that a side has changed, as they were and as they are.
std::vector<core::ObjectId> sources_of(const MergeSide& side);

// "models" of "models.risk"
std::string top_of(std::string_view module);

}  // namespace gs::conflicts
