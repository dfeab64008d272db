#include "lib/gates/import_evidence.h"

#include <algorithm>
#include <map>
#include <set>

#include "analyzers/layers.h"
#include "analyzers/ownership.h"
#include "lib/core/error.h"
#include "lib/core/pattern.h"
#include "lib/facts/blob_facts.h"
#include "lib/git/objects/trees.h"
#include "lib/git/refs/history.h"
#include "lib/python/imports/imports.h"
#include "lib/python/modules.h"
#include "lib/state/handoffs.h"

namespace gs::gates {

namespace {

using analyzers::ImportEvidence;
using core::ImportEdge;
using core::ObjectId;
using python::ModuleMap;

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
      : tree(std::move(source)), modules(*tree, python::python_roots(policy.python_roots, *tree)) {}
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
    const std::string facts = python::imports_of(repository.blob(change.new_id));
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
    std::set<std::string> found = changed_concurrently(session, branches(), files, judged.base);
    const std::string own = session.identity().name();
    const std::vector<core::PatternList> earlier = scopes_of_earlier(session);
    const core::LockIndex index(locks, repository.ignore_case());
    for (const std::string& file : files) {
      const bool locked = analyzers::held_by_other(index, file, own, session.now()) != nullptr;
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
      evidence.elsewhere =
          find_concurrent_changes(session, branches(), evidence.added, judged.base);
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
      const std::string facts = python::imports_of(repository.blob(blob));
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

namespace {

using analyzers::ConcurrentChanges;

// The imported files, each with the names that are taken from it.
using Taken = std::map<std::string, std::set<std::string>>;

Taken names_taken(const std::vector<ImportEdge>& edges) {
  Taken taken;
  for (const ImportEdge& edge : edges) {
    if (!edge.target_path.empty())
      taken[edge.target_path].insert(edge.names.begin(), edge.names.end());
  }
  return taken;
}

bool is_regular(const std::optional<git::TreeEntry>& entry) {
  return entry && core::mode::is_regular(entry->mode);
}

class Search {
 public:
  Search(session::Session& session, const std::vector<ImportEdge>& edges, const ObjectId& base)
      : session_(session), base_(base), taken_(names_taken(edges)) {
    for (const auto& [file, names] : taken_) files_.push_back(file);
  }

  std::vector<ConcurrentChanges> run(const std::vector<OthersBranch>& others) {
    std::vector<ConcurrentChanges> found;
    if (files_.empty()) return found;
    integration_ = integration_tip().value_or(base_);
    for (const auto& [stream, branch, tip] : others) {
      for (const std::string& file : changed_there(tip))
        found.push_back(look(stream, branch, tip, file));
    }
    return found;
  }

 private:
  // Most modules are the same on all branches: only for the others is asked who changed them.
  std::vector<std::string> changed_there(const ObjectId& tip) {
    const git::Repository& repository = session_.repository();
    std::vector<std::string> files = git::differing(repository, base_, tip, files_);
    if (files.empty()) return files;
    const auto parted = git::merge_base(repository, integration_, tip);
    return parted ? git::differing(repository, *parted, tip, files) : files;
  }

  std::optional<ObjectId> integration_tip() const {
    const git::Repository& repository = session_.repository();
    const std::string& name = session_.policy().integration_branch.str();
    const auto local = repository.resolve("refs/heads/" + name);
    return local ? local : repository.resolve(policy::remote_integration_ref(repository.layout()));
  }

  ConcurrentChanges look(const core::StreamId& stream, const core::BranchName& branch,
                         const ObjectId& tip, const std::string& file) const {
    ConcurrentChanges there{stream, branch, file, false, {}};
    const git::Repository& repository = session_.repository();
    const auto theirs = repository.entry(tip, file);
    there.gone = !is_regular(theirs);
    const std::set<std::string>& names = taken_.at(file);
    const auto ours = repository.entry(base_, file);
    if (there.gone || names.empty() || !is_regular(ours)) return there;
    const core::Interface here = facts::interface_of_blob(repository, ours->id);
    const core::Interface changed = facts::interface_of_blob(repository, theirs->id);
    for (const std::string& name : names) {
      const bool lost = changed.binds(name) == core::Interface::Answer::no &&
                        here.binds(name) != core::Interface::Answer::no;
      if (lost) there.gone_names.push_back(name);
    }
    return there;
  }

  session::Session& session_;
  const ObjectId& base_;
  ObjectId integration_;  // where branches left from
  const Taken taken_;
  std::vector<std::string> files_;
};

}  // namespace

std::vector<OthersBranch> others_branches(session::Session& session) {
  std::vector<OthersBranch> found;
  if (session.policy().streams.empty()) return found;
  const auto own = session.repository().current_branch();
  for (auto& [branch, tip] : git::branches(session.repository())) {
    const auto stream = core::stream_of_branch(session.policy(), branch);
    if (stream && stream != session.identity().stream && branch != own)
      found.push_back({*stream, std::move(branch), tip});
  }
  return found;
}

std::vector<ConcurrentChanges> find_concurrent_changes(session::Session& session,
                                                       const std::vector<OthersBranch>& others,
                                                       const std::vector<ImportEdge>& edges,
                                                       const std::optional<ObjectId>& base) {
  if (!base || others.empty()) return {};
  return Search(session, edges, *base).run(others);
}

std::set<std::string> changed_concurrently(session::Session& session,
                                           const std::vector<OthersBranch>& others,
                                           const std::vector<std::string>& files,
                                           const std::optional<ObjectId>& base) {
  std::set<std::string> touched;
  if (!base || files.empty()) return touched;
  for (const OthersBranch& other : others) {
    for (std::string& file : git::differing(session.repository(), *base, other.tip, files))
      touched.insert(std::move(file));
  }
  return touched;
}

std::vector<core::PatternList> scopes_of_earlier(session::Session& session) {
  const auto& agent = session.identity().agent;
  const core::AgentSpec* spec = agent ? session.policy().find_agent(*agent) : nullptr;
  std::vector<core::PatternList> scopes;
  for (std::size_t i = 0; spec != nullptr && i < spec->after.size(); ++i) {
    if (const core::AgentSpec* before = session.policy().find_agent(spec->after[i]))
      scopes.emplace_back(before->files, session.repository().ignore_case());
  }
  return scopes;
}

std::vector<core::AgentId> finished_agents(session::Session& session) {
  const auto& agent = session.identity().agent;
  const core::AgentSpec* spec = agent ? session.policy().find_agent(*agent) : nullptr;
  std::vector<core::AgentId> done;
  if (spec == nullptr || spec->after.empty()) return done;
  const state::Finished finished = state::read_finished(session.state());
  for (const core::AgentId& before : spec->after) {
    const core::StreamSpec* stream = session.policy().stream_of(before);
    const bool stream_done =
        stream != nullptr &&
        std::count(finished.streams.begin(), finished.streams.end(), stream->id.str()) > 0;
    const bool handed_on = std::any_of(
        finished.agents.begin(), finished.agents.end(),
        [&](const std::string& name) { return core::same_holder(name, before.full()); });
    if (stream_done || handed_on) done.push_back(before);
  }
  return done;
}

}  // namespace gs::gates
