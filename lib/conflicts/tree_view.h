#pragma once
// A commit's tree as Python sees it, read only as far as asked.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/broken_calls.h"
#include "analyzers/module_map.h"
#include "analyzers/offered_names.h"
#include "lib/app/blob_knowledge.h"
#include "lib/app/session.h"

namespace gs::streams {

// Not moved: its parts know each other. `knowledge` must outlive it.
struct TreeView {
  TreeView(app::Session& session, app::BlobKnowledge& knowledge, const core::ObjectId& commit,
           const core::ChangeSet& changes = {});
  TreeView(const TreeView&) = delete;
  TreeView& operator=(const TreeView&) = delete;

  bool have(std::string_view module) {
    return modules.found(modules.find(module)).kind != analyzers::FoundModule::Kind::absent;
  }
  // The edges of a Python file; none where there is no such file.
  std::vector<core::ImportEdge> edges(const std::string& path);

  app::BlobKnowledge& knowledge;
  std::unique_ptr<core::SourceTree> tree;
  analyzers::ModuleMap modules;
  analyzers::OfferedNames offered;
  analyzers::CalledTree called;
};

}  // namespace gs::streams
