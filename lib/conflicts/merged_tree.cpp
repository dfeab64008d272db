#include "lib/conflicts/merged_tree.h"

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "analyzers/layers.h"
#include "analyzers/severity.h"
#include "lib/app/baseline.h"
#include "lib/app/full_check.h"
#include "lib/conflicts/merged_calls.h"
#include "lib/conflicts/merged_imports.h"
#include "lib/conflicts/path_authors.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

namespace {

using analyzers::FoundModule;
using analyzers::LayerMap;
using core::Finding;
using core::ObjectId;
using Kind = FoundModule::Kind;

void add_violations(app::Session& session, const JudgedSide& before, const JudgedSide& after,
                    std::vector<Finding>& findings) {
  const core::Policy& policy = session.policy();
  const LayerMap layers(policy);
  if (layers.empty() || policy.rules.layer == core::Action::off) return;
  const auto known = app::violating_pairs(policy, before.graph);
  const std::string name(analyzers::kBaselineFile);
  const auto accepted = app::read_baseline(session.repository(), after.survey.blob(name), name);
  for (const auto& violation : analyzers::layer_violations(after.graph, layers)) {
    const std::string& from = after.graph.modules[violation.edge.from];
    const std::string& to = after.graph.modules[violation.edge.to];
    if (std::ranges::binary_search(known, analyzers::ModulePair(from, to))) continue;
    if (accepted.has(from, to)) continue;
    auto finding = analyzers::finding(core::Rule::layer, policy.rules.layer,
                                      after.graph.files[violation.edge.file], violation.message,
                                      layers.remedy(from, to));
    finding->line = violation.edge.line;
    findings.push_back(std::move(*finding));
  }
}

// As rules "importer -> target" of python.ignore have it: for what only a build puts there.
bool ignored(const LayerMap& layers, const analyzers::BrokenImport& broken) {
  const core::ImportEdge& edge = broken.edge;
  const auto rule = [&](const std::string& target) {
    return layers.ignored(edge.importer, target, edge.kind, edge.type_checking);
  };
  return rule(broken.module) || (!broken.name.empty() && rule(broken.module + "." + broken.name));
}

// Who took away what an import names: the stream that is merged, or others before it.
class Removals {
 public:
  Removals(app::Session& session, JudgedSide& before, JudgedSide& after,
           const ObjectId& integration, const ObjectId& merge,
           const std::vector<std::string>& variables)
      : session_(session),
        before_(before),
        after_(after),
        integration_(integration),
        variables_(variables) {
    const std::vector<ObjectId> parents = git::commit(session.repository(), merge).parents;
    if (parents.size() != 2 || parents.front() != integration) return;
    tip_ = parents.back();
    base_ = git::merge_base(session.repository(), integration, *tip_);
  }

  // "agent-E1 (1a2b3c4d5e)"; empty when it is not known.
  std::string who(const analyzers::BrokenImport& broken) {
    if (!base_) return {};
    const bool was_there = has(before_, broken);
    const std::string path = file_of(broken);
    if (path.empty()) return {};
    const auto names =
        authors_.between(*base_, was_there ? *tip_ : integration_, {path}, variables_);
    return names.contains(path) ? names.at(path) : "";
  }

 private:
  static bool has(JudgedSide& side, const analyzers::BrokenImport& broken) {
    const std::string& name = broken.name;
    const std::string module = name.empty() ? broken.module : broken.module + "." + name;
    if (side.modules.found(side.modules.find(module)).kind != Kind::absent) return true;
    return !name.empty() &&
           side.offered.offers(broken.module, name).answer != core::Interface::Answer::no;
  }

  // Of what is missing, as it was where it last was; else of the module that has no such name.
  std::string file_of(const analyzers::BrokenImport& broken) {
    const git::Repository& repository = session_.repository();
    const auto tree = repository.source_tree(base_);
    analyzers::ModuleMap modules(*tree,
                                 analyzers::python_roots(session_.policy().python_roots, *tree));
    const auto path = [&](const std::string& module) {
      const std::string& then = before_.modules.found(before_.modules.find(module)).path;
      return then.empty() ? modules.found(modules.find(module)).path : then;
    };
    const std::string submodule =
        broken.name.empty() ? "" : path(broken.module + "." + broken.name);
    if (!submodule.empty()) return submodule;
    const std::string& now = after_.modules.found(after_.modules.find(broken.module)).path;
    return now.empty() ? path(broken.module) : now;
  }

  app::Session& session_;
  JudgedSide& before_;
  JudgedSide& after_;
  const ObjectId integration_;
  const std::vector<std::string>& variables_;
  PathAuthors authors_{session_};
  std::optional<ObjectId> tip_, base_;
};

}  // namespace

std::vector<Finding> judge_merged(app::Session& session, const core::ObjectId& before,
                                  const core::ObjectId& after,
                                  const std::vector<std::string>& variables) {
  std::vector<std::string> changed;
  bool matters = false;
  for (core::Change& change : git::changes_between(session.repository(), before, after)) {
    matters = matters || core::is_python_source(change.path);
    changed.push_back(std::move(change.path));
  }
  std::vector<Finding> findings;
  if (!matters) return findings;
  JudgedSide old(session, before), merged(session, after);
  add_violations(session, old, merged, findings);
  for (const auto& circle : analyzers::new_cycles(old.graph, merged.graph))
    findings.push_back(analyzers::circle_finding(merged.graph, circle));
  OtherParents parents(session, before, after);
  Removals removals(session, old, merged, before, after, variables);
  const LayerMap layers(session.policy());
  for (const auto& broken : broken_by_merge(old, merged, changed, parents)) {
    if (ignored(layers, broken)) continue;
    findings.push_back(analyzers::as_finding(broken));
    const std::string who = removals.who(broken);
    if (!who.empty()) findings.back().message += "; last changed by " + who;
  }
  std::vector<Finding> calls = calls_broken_by_merge(session, before, after, variables);
  findings.insert(findings.end(), calls.begin(), calls.end());
  std::ranges::stable_sort(
      findings, {}, [](const Finding& finding) { return std::tie(finding.path, finding.line); });
  return findings;
}

}  // namespace gs::streams
