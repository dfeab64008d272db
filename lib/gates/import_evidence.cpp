#include "lib/gates/import_evidence.h"

#include <algorithm>
#include <map>
#include <set>

#include "analyzers/held.h"
#include "analyzers/layers.h"
#include "lib/python/modules.h"
#include "lib/gates/elsewhere.h"
#include "lib/core/error.h"
#include "lib/core/pattern.h"
#include "lib/git/objects/trees.h"
#include "lib/python/imports/imports.h"

namespace gs::gates {

namespace {

using analyzers::ImportEvidence;
using python::ModuleMap;
using core::ImportEdge;
using core::ObjectId;

using Pair = std::pair<std::string, std::string>;  // importer, imported

// Pairs that were there before. What layers did not count until now is new to them.
struct OldPairs {
  std::set<Pair> counted, ignored;
};

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
        modules(*tree, python::python_roots(policy.python_roots, *tree)) {}
};

}  // namespace

struct ImportSearch::Impl {
  Impl(session::Session& given, const JudgedTree& tree)
      : session(given),
        repository(given.repository()),
        policy(given.policy()),
        layers(given.policy()),
        judged(tree) {
    if (session.identity().outsider() || !asks_of_imports(policy)) return;
    const bool any = std::any_of(tree.judged.begin(), tree.judged.end(), [](const auto& change) {
      return core::is_python_source(change.new_mode, change.path);
    });
    if (!any) return;
    Place after(repository.source_tree(judged.base, judged.whole), policy);
    for (const core::Change& change : judged.judged) {
      if (core::is_python_source(change.new_mode, change.path)) read_new(after, change);
    }
  }

  void read_new(Place& after, const core::Change& change) {
    const std::string facts = import_facts(repository, change.new_id);
    std::vector<core::Partial> partials;
    for (ImportEdge& edge : python::import_edges(after.modules, change.path, facts, &partials)) {
      if (edge.internal || edge.beyond_top) edges.push_back(std::move(edge));
    }
    if (!partials.empty()) partial.emplace(change.path, partials.front());
  }

  std::vector<std::string> target_files() const {
    std::set<std::string> files;
    for (const ImportEdge& edge : edges) {
      if (!edge.target_path.empty()) files.insert(edge.target_path);
    }
    return {files.begin(), files.end()};
  }

  bool breaks_layers(const ImportEdge& edge) const {
    return policy.rules.layer != core::Action::off && !is_ignored(edge) &&
           layers.fault(edge.importer, edge.target);
  }

  // Where the other streams stand; asked once.
  const std::vector<OthersBranch>& branches() {
    if (!branches_asked) branches_asked = others_branches(session);
    return *branches_asked;
  }

  // The files among the targets that somebody else is at, or comes first with.
  std::set<std::string> others_files(const core::LockTable& locks) {
    if (policy.rules.import_conflict == core::Action::off) return {};
    const std::vector<std::string> files = target_files();
    std::set<std::string> found = touched_elsewhere(session, branches(), files, judged.base);
    const std::string own = session.identity().name();
    const std::vector<core::PatternList> earlier = scopes_of_earlier(session);
    for (const std::string& file : files) {
      const bool locked = analyzers::held_by_other(locks, file, own, session.now(),
                                                   repository.ignore_case()) != nullptr;
      const bool first = std::any_of(earlier.begin(), earlier.end(),
                                     [&](const auto& scope) { return scope.matches(file); });
      if (locked || first) found.insert(file);
    }
    return found;
  }

  ImportEvidence evidence(const core::LockTable& locks) {
    ImportEvidence evidence;
    if (edges.empty() && partial.empty()) return evidence;
    const std::set<std::string> others = others_files(locks);
    std::copy_if(edges.begin(), edges.end(), std::back_inserter(evidence.added),
                 [&](const ImportEdge& edge) {
                   return edge.beyond_top || breaks_layers(edge) ||
                          others.contains(edge.target_path);
                 });
    if (!evidence.added.empty() || !partial.empty()) drop_old(evidence);
    for (const auto& [path, why] : partial)
      evidence.remarks.push_back(analyzers::partial_remark(path, why));
    if (!evidence.added.empty() && policy.rules.import_conflict != core::Action::off) {
      evidence.elsewhere = find_elsewhere(session, branches(), evidence.added, judged.base);
      evidence.done = finished_agents(session);
    }
    return evidence;
  }

  std::set<std::string> files_in_question(const ImportEvidence& evidence) const {
    std::set<std::string> files;
    for (const ImportEdge& edge : evidence.added) files.insert(edge.path);
    for (const auto& [path, why] : partial) files.insert(path);
    return files;
  }

  // Takes out the pairs of modules that any parent has.
  void drop_old(ImportEvidence& evidence) {
    OldPairs old;
    const auto asked = files_in_question(evidence);
    {
      Place before(repository.source_tree(judged.base), policy);
      for (const core::Change& change : judged.judged) {
        const bool gone = change.new_mode == core::mode::none;  // it may be somewhere else now
        if (core::is_python_source(change.old_mode, change.path) &&
            (gone || asked.contains(change.path)))
          read_old(before, change.path, change.old_id, old, evidence);
      }
    }
    for (const ObjectId& parent : judged.other_parents) {
      Place before(repository.source_tree(parent), policy);
      for (const core::Change& change : judged.judged) {
        const auto blob =
            asked.contains(change.path) ? before.tree->file(change.path) : std::nullopt;
        if (blob) read_old(before, change.path, *blob, old, evidence);
      }
    }
    std::erase_if(evidence.added, [&](const ImportEdge& edge) {
      const Pair pair{edge.importer, edge.target};
      return old.counted.contains(pair) || (is_ignored(edge) && old.ignored.contains(pair)) ||
             unknown.contains(edge.path);
    });
  }

  bool is_ignored(const ImportEdge& edge) const {
    return layers.ignored(edge.importer, edge.target, edge.kind, edge.type_checking);
  }

  void read_old(Place& before, const std::string& path, const ObjectId& blob, OldPairs& old,
                ImportEvidence& evidence) {
    try {
      const std::string facts = import_facts(repository, blob);
      std::vector<core::Partial> partials;
      for (const ImportEdge& edge : python::import_edges(before.modules, path, facts, &partials))
        (is_ignored(edge) ? old.ignored : old.counted).emplace(edge.importer, edge.target);
      forgive_old(path, partials);
    } catch (const git::MissingObject&) {
      // A partial clone: what is not known is not held against anybody.
      if (unknown.insert(path).second) {
        evidence.remarks.push_back({core::Rule::imports, core::Severity::warn, path, 0,
                                    "its old content is not in this partial clone: new imports "
                                    "are not judged",
                                    "git show HEAD:" + path + " fetches it"});
      }
    }
  }

  // What could not be read before either is nothing that the change brings.
  void forgive_old(const std::string& path, const std::vector<core::Partial>& partials) {
    const auto found = partial.find(path);
    if (found == partial.end()) return;
    const bool known = std::any_of(partials.begin(), partials.end(), [&](const auto& old) {
      return old.trouble == found->second.trouble;
    });
    if (known) partial.erase(found);
  }

  session::Session& session;
  const git::Repository& repository;
  const core::Policy& policy;
  const analyzers::LayerMap layers;
  const JudgedTree& judged;
  std::optional<std::vector<OthersBranch>> branches_asked;
  std::vector<ImportEdge> edges;                 // all of the changed files, as they are now
  std::map<std::string, core::Partial> partial;  // files that were read in part, and why
  std::set<std::string> unknown;                 // files whose old content is not here
};

ImportSearch::ImportSearch(session::Session& session, const JudgedTree& tree)
    : impl_(std::make_unique<Impl>(session, tree)) {}

ImportSearch::~ImportSearch() = default;

std::vector<std::string> ImportSearch::target_files() const {
  return impl_->target_files();
}

ImportEvidence ImportSearch::evidence(const core::LockTable& locks) {
  return impl_->evidence(locks);
}

std::string import_facts(const git::Repository& repository, const ObjectId& blob) {
  return python::imports_of(repository.blob(blob));
}

}  // namespace gs::gates
