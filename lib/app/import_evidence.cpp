#include "lib/app/import_evidence.h"

#include <algorithm>
#include <map>
#include <set>

#include "analyzers/layers.h"
#include "analyzers/module_map.h"
#include "lib/app/elsewhere.h"
#include "lib/core/error.h"
#include "lib/git/trees.h"
#include "lib/syntax/imports.h"

namespace gs::app {

namespace {

using analyzers::ImportEvidence;
using analyzers::ModuleMap;
using core::ImportEdge;
using core::ObjectId;

using Pair = std::pair<std::string, std::string>;  // importer, imported

// Pairs that were there before. What layers did not count until now is new to them.
struct OldPairs {
  std::set<Pair> counted, ignored;
};

bool is_regular(std::uint32_t mode) {
  return mode == core::mode::file || mode == core::mode::executable;
}

bool is_source(std::uint32_t mode, const std::string& path) {
  return is_regular(mode) && core::is_python_source(path);
}

bool asks_of_imports(const core::Policy& policy) {
  const bool layers = !policy.layers.empty() && policy.rules.layer != core::Action::off;
  return layers || policy.rules.import_conflict != core::Action::off;
}

// A tree and its modules.
struct Place {
  std::unique_ptr<core::SourceTree> tree;
  ModuleMap modules;

  Place(std::unique_ptr<core::SourceTree> source, const core::Policy& policy)
      : tree(std::move(source)),
        modules(*tree, analyzers::python_roots(policy.python_roots, *tree)) {}
};

class Gatherer {
 public:
  Gatherer(Session& session, const JudgedTree& judged)
      : repository_(session.repository()),
        policy_(session.policy()),
        layers_(session.policy()),
        judged_(judged) {}

  // The new edges, and what could not be read on the way.
  void gather(ImportEvidence& evidence) {
    Place after(repository_.source_tree(judged_.base, judged_.whole), policy_);
    for (const core::Change& change : judged_.judged) {
      if (is_source(change.new_mode, change.path)) read_new(after, change, evidence);
    }
    if (!evidence.added.empty() || !partial_.empty()) drop_old(evidence);
    for (const auto& [path, partial] : partial_)
      evidence.remarks.push_back(analyzers::partial_remark(path, partial));
  }

 private:
  void read_new(Place& after, const core::Change& change, ImportEvidence& evidence) {
    const std::string facts = import_facts(repository_, change.new_id);
    std::vector<core::Partial> partials;
    for (ImportEdge& edge : analyzers::import_edges(after.modules, change.path, facts, &partials)) {
      if (edge.internal || edge.beyond_top) evidence.added.push_back(std::move(edge));
    }
    if (!partials.empty()) partial_.emplace(change.path, partials.front());
  }

  // Takes out the pairs of modules that any parent has.
  void drop_old(ImportEvidence& evidence) {
    OldPairs old;
    {
      Place before(repository_.source_tree(judged_.base), policy_);
      for (const core::Change& change : judged_.judged) {
        if (is_source(change.old_mode, change.path))
          read_old(before, change.path, change.old_id, old, evidence);
      }
    }
    for (const ObjectId& parent : judged_.other_parents) {
      Place before(repository_.source_tree(parent), policy_);
      for (const core::Change& change : judged_.judged) {
        const auto blob =
            core::is_python_source(change.path) ? before.tree->file(change.path) : std::nullopt;
        if (blob) read_old(before, change.path, *blob, old, evidence);
      }
    }
    std::erase_if(evidence.added, [&](const ImportEdge& edge) {
      const Pair pair{edge.importer, edge.target};
      return old.counted.contains(pair) || (is_ignored(edge) && old.ignored.contains(pair)) ||
             unknown_.contains(edge.path);
    });
  }

  bool is_ignored(const ImportEdge& edge) const {
    return layers_.ignored(edge.importer, edge.target, edge.kind, edge.type_checking);
  }

  void read_old(Place& before, const std::string& path, const ObjectId& blob, OldPairs& old,
                ImportEvidence& evidence) {
    try {
      const std::string facts = import_facts(repository_, blob);
      std::vector<core::Partial> partials;
      for (const ImportEdge& edge : analyzers::import_edges(before.modules, path, facts, &partials))
        (is_ignored(edge) ? old.ignored : old.counted).emplace(edge.importer, edge.target);
      forgive_old(path, partials);
    } catch (const git::MissingObject&) {
      // A partial clone: what is not known is not held against anybody.
      if (unknown_.insert(path).second) {
        evidence.remarks.push_back({core::Rule::imports, core::Severity::warn, path, 0,
                                    "its old content is not in this partial clone: new imports "
                                    "are not judged",
                                    "git show HEAD:" + path + " fetches it"});
      }
    }
  }

  // What could not be read before either is nothing that the change brings.
  void forgive_old(const std::string& path, const std::vector<core::Partial>& partials) {
    const auto found = partial_.find(path);
    if (found == partial_.end()) return;
    const bool known = std::any_of(partials.begin(), partials.end(), [&](const auto& partial) {
      return partial.trouble == found->second.trouble;
    });
    if (known) partial_.erase(found);
  }

  const git::Repository& repository_;
  const core::Policy& policy_;
  const analyzers::LayerMap layers_;
  const JudgedTree& judged_;
  std::map<std::string, core::Partial> partial_;  // files that were read in part, and why
  std::set<std::string> unknown_;                 // files whose old content is not here
};

}  // namespace

std::string import_facts(const git::Repository& repository, const ObjectId& blob) {
  return syntax::imports_of(repository.blob(blob));
}

ImportEvidence gather_imports(Session& session, const JudgedTree& tree) {
  ImportEvidence evidence;
  if (session.identity().outsider() || !asks_of_imports(session.policy())) return evidence;
  const bool any = std::any_of(tree.judged.begin(), tree.judged.end(), [](const auto& change) {
    return is_source(change.new_mode, change.path);
  });
  if (!any) return evidence;
  Gatherer(session, tree).gather(evidence);
  if (session.policy().rules.import_conflict != core::Action::off) {
    evidence.elsewhere = find_elsewhere(session, evidence.added, tree.base);
    evidence.done = finished_agents(session);
  }
  return evidence;
}

}  // namespace gs::app
