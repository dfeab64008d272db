#include "lib/gates/tree_check.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "analyzers/import_graph.h"
#include "analyzers/judge.h"
#include "lib/gates/idle_policy.h"
#include "lib/gates/judge_change.h"
#include "lib/python/modules.h"

namespace gs::gates {

namespace {

using analyzers::ImportGraph;
using analyzers::LayerMap;
using core::Rule;
using core::Severity;

// What the files are called, whether anything imports them or not.
std::vector<std::string> modules_of(const core::Policy& policy, facts::TreeImports& tree_imports) {
  const python::ModuleMap modules(tree_imports.tree(),
                                  python::python_roots(policy.python_roots, tree_imports.tree()));
  std::vector<std::string> names;
  for (const facts::FileImports& file : tree_imports.files())
    names.push_back(modules.module_of(file.path));
  return names;
}

class WholeCheck {
 public:
  WholeCheck(session::Session& session, const WholeGraph& whole, analyzers::Baseline baseline)
      : policy_(session.policy()),
        layers_(policy_),
        whole_(whole),
        baseline_(std::move(baseline)) {}

  // `unplaced`: modules in no layer that are to be named.
  std::vector<report::Entry> run(const std::vector<std::string>& unplaced) {
    add_violations();
    add_stale();
    for (const auto& edges : analyzers::cycles(whole_.graph))
      entries_.push_back({analyzers::circle_finding(whole_.graph, edges), false, {}});
    for (const ImportGraph::Remark& remark : whole_.graph.remarks) {
      entries_.push_back({{Rule::imports,
                           Severity::warn,
                           whole_.graph.files[remark.file],
                           remark.line,
                           remark.text,
                           {}},
                          false,
                          {}});
    }
    add_unplaced(unplaced);
    return std::move(entries_);
  }

 private:
  void add_violations() {
    const ImportGraph& graph = whole_.graph;
    for (const analyzers::Violation& violation : analyzers::layer_violations(graph, layers_)) {
      const std::string& from = graph.modules[violation.edge.from];
      const std::string& to = graph.modules[violation.edge.to];
      auto finding = analyzers::finding(Rule::layer, policy_.rules.layer,
                                        graph.files[violation.edge.file], violation.message);
      if (!finding) continue;
      finding->line = violation.edge.line;
      const bool accepted = baseline_.has(from, to);
      if (accepted) used_.insert({from, to});
      entries_.push_back({std::move(*finding), accepted, {}});
    }
  }

  void add_stale() {
    if (policy_.rules.layer == core::Action::off) return;  // nothing was looked for
    for (const analyzers::ModulePair& pair : baseline_.pairs) {
      if (used_.contains(pair)) continue;
      entries_.push_back({{Rule::layer, Severity::warn, std::string(analyzers::kBaselineFile), 0,
                           fmt::format("{} -> {} no longer occurs", pair.first, pair.second),
                           "git stream baseline"},
                          false,
                          {}});
    }
  }

  void add_unplaced(const std::vector<std::string>& unplaced) {
    if (policy_.rules.layer == core::Action::off) return;
    for (const std::string& module : unplaced) {
      entries_.push_back({{Rule::layer, Severity::block, std::string(core::kPolicyFile), 0,
                           module + " is in no layer", "add it to a layer's modules"},
                          false,
                          {}});
    }
  }

  const core::Policy& policy_;
  LayerMap layers_;
  const WholeGraph& whole_;
  analyzers::Baseline baseline_;
  std::set<analyzers::ModulePair> used_;
  std::vector<report::Entry> entries_;
};

}  // namespace

std::optional<core::ObjectId> instead_of_index(const git::Repository& repository) {
  const bool bare = !repository.layout().worktree && !repository.layout().main_worktree;
  return bare ? repository.head() : std::nullopt;
}

facts::TreeImports tree_imports_of(session::Session& session,
                                   const std::optional<core::ObjectId>& commit,
                                   const facts::Progress& progress) {
  const git::Repository& repository = session.repository();
  const std::optional<core::ObjectId> meant = commit ? commit : instead_of_index(repository);
  return meant ? facts::TreeImports::of_commit(repository, *meant, progress)
               : facts::TreeImports::of_index(repository, progress);
}

WholeGraph graph_of(session::Session& session, facts::TreeImports& tree_imports) {
  const core::Policy& policy = session.policy();
  python::ModuleMap modules(tree_imports.tree(),
                            python::python_roots(policy.python_roots, tree_imports.tree()));
  analyzers::GraphBuilder builder(modules);
  WholeGraph whole;
  for (const facts::FileImports& file : tree_imports.files()) builder.add(file.path, file.facts);
  whole.imports = builder.imports();
  whole.files = tree_imports.files().size();
  whole.graph = builder.take();
  return whole;
}

std::vector<analyzers::ModulePair> violating_pairs(const core::Policy& policy,
                                                   const ImportGraph& graph) {
  std::set<analyzers::ModulePair> pairs;
  for (const auto& violation : analyzers::layer_violations(graph, LayerMap(policy)))
    pairs.emplace(graph.modules[violation.edge.from], graph.modules[violation.edge.to]);
  return {pairs.begin(), pairs.end()};
}

bool FullCheck::fails(bool strict) const {
  return std::any_of(entries.begin(), entries.end(), [&](const report::Entry& entry) {
    return entry.finding.severity == Severity::block && (strict || !entry.accepted);
  });
}

FullCheck check_all(session::Session& session, const std::optional<core::ObjectId>& commit,
                    bool strict, const facts::Progress& progress) {
  facts::TreeImports tree_imports = tree_imports_of(session, commit, progress);
  const WholeGraph whole = graph_of(session, tree_imports);
  const std::string name(analyzers::kBaselineFile);
  analyzers::Baseline baseline = read_baseline(session.repository(), tree_imports.blob(name), name);
  std::vector<std::string> unplaced;
  if (strict) {
    unplaced = analyzers::modules_in_no_layer(modules_of(session.policy(), tree_imports),
                                              LayerMap(session.policy()));
  }
  FullCheck check{WholeCheck(session, whole, std::move(baseline)).run(unplaced), whole.files,
                  whole.imports};
  for (core::Finding& idle : idle_policy(session, commit))
    check.entries.push_back({std::move(idle), false, {}});
  return check;
}

}  // namespace gs::gates
