#pragma once
// All imports of a whole tree: the graph, and what the layers say of it.

#include <optional>
#include <string>
#include <vector>

#include "analyzers/import_graph.h"
#include "analyzers/layers.h"
#include "lib/facts/tree_imports.h"
#include "lib/report/findings.h"
#include "lib/session/session.h"

namespace gs::gates {

// The commit that stands in for the index of a bare repository, which has none: HEAD.
std::optional<core::ObjectId> instead_of_index(const git::Repository& repository);

// The index (or what stands in for it), or a commit's tree.
facts::TreeImports tree_imports_of(session::Session& session,
                                   const std::optional<core::ObjectId>& commit,
                                   const facts::Progress& progress);

struct WholeGraph {
  analyzers::ImportGraph graph;
  std::size_t files = 0, imports = 0;
};
WholeGraph graph_of(session::Session& session, facts::TreeImports& tree_imports);

// Every pair of modules that breaks the layers, sorted.
std::vector<analyzers::ModulePair> violating_pairs(const core::Policy& policy,
                                                   const analyzers::ImportGraph& graph);

struct FullCheck {
  std::vector<report::Entry> entries;
  std::size_t files = 0, imports = 0;

  // Whether something is wrong; `strict` counts what was accepted, too.
  bool fails(bool strict) const;
};

// Violations, circles, what the baseline accepts without need, what could not be read; with
// `strict` also modules in no layer.
FullCheck check_all(session::Session& session, const std::optional<core::ObjectId>& commit,
                    bool strict, const facts::Progress& progress);

// Each commit that the second has and the first has not, and that was not judged elsewhere: on the
// integration branch, or on another stream's.
// Where `branch`, a local or a remote one, is another stream's, they are judged as that stream's.
FullCheck check_range(session::Session& session, const core::ObjectId& from,
                      const core::ObjectId& to, std::string branch);
// The same commits as if they were pushed to `branch`, with what the push gate says of the branch:
// as who the environment or this worktree says, otherwise as the branch's stream.
FullCheck check_push(session::Session& session, const core::ObjectId& from,
                     const core::ObjectId& to, const core::BranchName& branch);
FullCheck check_staged(session::Session& session, std::string_view top);

}  // namespace gs::gates
