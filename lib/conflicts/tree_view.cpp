#include "lib/conflicts/tree_view.h"

namespace gs::streams {

TreeView::TreeView(app::Session& session, app::BlobKnowledge& given, const core::ObjectId& commit,
                   const core::ChangeSet& changes)
    : knowledge(given),
      tree(session.repository().source_tree(commit, changes)),
      modules(*tree, analyzers::python_roots(session.policy().python_roots, *tree)),
      offered(*tree, modules,
              [&given](const core::ObjectId& blob) { return given.interface(blob); }),
      called{*tree, modules, offered,
             [&given](const core::ObjectId& blob) -> const core::Interface& {
               return given.interface(blob);
             },
             [&given](const core::ObjectId& blob) { return given.facts(blob); }} {}

std::vector<core::ImportEdge> TreeView::edges(const std::string& path) {
  const auto blob = tree->file(path);
  if (!blob || !core::is_python_source(path)) return {};
  return analyzers::import_edges(modules, path, knowledge.facts(*blob));
}

}  // namespace gs::streams
