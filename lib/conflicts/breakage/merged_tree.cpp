#include "lib/conflicts/breakage/merged_tree.h"

#include <algorithm>
#include <fmt/core.h>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "analyzers/broken_references.h"
#include "analyzers/import_graph.h"
#include "analyzers/judge.h"
#include "analyzers/layers.h"
#include "analyzers/symbols.h"
#include "lib/conflicts/breakage/built_modules.h"
#include "lib/conflicts/breakage/merge_breakage.h"
#include "lib/conflicts/path_authors.h"
#include "lib/core/text.h"
#include "lib/facts/tree_imports.h"
#include "lib/gates/judge_change.h"
#include "lib/gates/tree_check.h"
#include "lib/git/refs/history.h"
#include "lib/session/session.h"

namespace gs::conflicts {

namespace {

// One commit's tree with all its imports. Not moved: its parts know each other.
struct JudgedSide {
  JudgedSide(session::Session& session, const core::ObjectId& commit);
  JudgedSide(const JudgedSide&) = delete;
  JudgedSide& operator=(const JudgedSide&) = delete;

  facts::TreeImports tree_imports;
  python::ModuleMap modules;
  analyzers::ImportGraph graph;
  analyzers::OfferedNames offered;
};

// The trees that a merge commit was made of besides `before`, read only as far as asked.
class OtherParents {
 public:
  OtherParents(session::Session& session, const core::ObjectId& before,
               const core::ObjectId& merge);

  bool have(std::string_view top) const;  // a top-level module
  // Takes out what one of them has not the same doubts about, for a file of the merged tree.
  void agree(const facts::FileImports& file, const analyzers::Ours& ours,
             std::vector<analyzers::BrokenImport>& doubts) const;
  // Whether the file lacks there what the import lacks here.
  bool lack(const analyzers::BrokenImport& broken, const analyzers::Ours& ours) const;

 private:
  struct Parent {
    std::unique_ptr<core::SourceTree> tree;
    std::unique_ptr<python::ModuleMap> modules;
    std::unique_ptr<analyzers::OfferedNames> offered;
  };
  std::unique_ptr<facts::BlobKnowledge> knowledge_;
  std::vector<Parent> parents_;
};

using analyzers::BrokenImport;
using analyzers::LayerMap;
using core::ObjectId;
using python::FoundModule;
using python::ModuleId;
using python::ModuleMap;
using Kind = FoundModule::Kind;

analyzers::ImportGraph graph_of(ModuleMap& modules, const facts::TreeImports& tree_imports) {
  analyzers::GraphBuilder builder(modules);
  for (const facts::FileImports& file : tree_imports.files()) builder.add(file.path, file.facts);
  return builder.take();
}

const facts::FileImports* find_file(const facts::TreeImports& tree_imports, std::string_view path) {
  const auto& files = tree_imports.files();
  const auto found = std::ranges::lower_bound(files, path, {}, &facts::FileImports::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

// The modules of the merged tree that importers may find changed.
class Affected {
 public:
  Affected(JudgedSide& before, JudgedSide& after, const std::vector<std::string>& changed)
      : before_(before), after_(after), changed_(changed.begin(), changed.end()) {
    for (const std::string& path : changed) note_loss(path);
    follow_stars();
  }

  bool importer(const std::string& path) const { return changed_.contains(path); }
  bool module(ModuleId id) {
    if (id >= known_.size()) known_.resize(id + id / 2 + 16, Known::no_idea);
    if (known_[id] == Known::no_idea) known_[id] = look(id) ? Known::yes : Known::no;
    return known_[id] == Known::yes;
  }

 private:
  enum class Known : std::uint8_t { no_idea, no, yes };

  // A package whose submodule goes has changed for `from package import submodule`. Files may be
  // modules of several names, by several roots: all shorter ends of the path are taken.
  void note_loss(const std::string& path) {
    if (find_file(before_.tree_imports, path) == nullptr ||
        find_file(after_.tree_imports, path) != nullptr)
      return;
    std::string name = path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
    std::ranges::replace(name, '/', '.');
    for (std::string_view rest = name; !rest.empty();) {
      for (std::string_view whole = rest; !whole.empty();) {
        if (!losers_.emplace(whole).second) break;
        const std::size_t dot = whole.rfind('.');
        whole = dot == whole.npos ? std::string_view() : whole.substr(0, dot);
      }
      const std::size_t dot = rest.find('.');
      rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
    }
  }

  bool look(ModuleId id) {
    const std::string_view name = after_.modules.name(id);
    if (losers_.contains(name) || through_stars_.contains(name)) return true;
    const FoundModule& now = after_.modules.found(id);
    if (!now.path.empty() && changed_.contains(now.path)) return true;
    const FoundModule& then = before_.modules.found(before_.modules.find(name));
    return then.kind != now.kind || then.path != now.path;
  }

  // Who takes everything from a changed module has changed with it.
  void follow_stars() {
    std::vector<std::pair<ModuleId, ModuleId>> stars;  // who takes, from whom
    ModuleMap::FileEdges edges;
    core::Import import;
    for (const facts::FileImports& file : after_.tree_imports.files()) {
      core::ImportReader reader(file.facts);
      bool any = false;
      while (!any && reader.next(import)) any = import.kind == core::ImportKind::star;
      if (!any) continue;
      after_.modules.edges_of(file.path, file.facts, edges);
      const ModuleId taker = after_.modules.find(after_.modules.module_of(file.path));
      for (const ModuleMap::Edge& edge : edges.edges) {
        if (edge.kind == core::ImportKind::star) stars.emplace_back(taker, edge.target);
      }
    }
    for (bool more = true; more;) {
      more = false;
      for (const auto& [taker, from] : stars) {
        if (!module(from) || module(taker)) continue;
        through_stars_.emplace(after_.modules.name(taker));
        known_[taker] = Known::yes;
        more = true;
      }
    }
  }

  JudgedSide& before_;
  JudgedSide& after_;
  std::set<std::string, std::less<>> changed_, losers_, through_stars_;
  std::vector<Known> known_;
};

// Whether a file of this tree already imports what is not there: made by a build, perhaps.
bool imported_in_vain(JudgedSide& side, const BrokenImport& broken, const analyzers::Ours& ours) {
  const std::string_view module = broken.module;
  const std::string_view word =
      broken.name.empty() ? module.substr(module.rfind('.') + 1) : std::string_view(broken.name);
  for (const facts::FileImports& file : side.tree_imports.files()) {
    if (file.facts.find(word) == file.facts.npos) continue;
    const auto edges = python::import_edges(side.modules, file.path, file.facts);
    for (const BrokenImport& old : analyzers::broken_imports(side.offered, edges, ours)) {
      if (old.module == broken.module && old.name == broken.name) return true;
    }
  }
  return false;
}

// Between which trees imports are compared.
struct ImportComparison {
  JudgedSide& before;
  JudgedSide& after;
  const OtherParents& parents;
  const analyzers::Ours ours;
};

std::vector<BrokenImport> broken_in(JudgedSide& side, const facts::FileImports& file,
                                    const analyzers::Ours& ours) {
  const auto edges = python::import_edges(side.modules, file.path, file.facts);
  return analyzers::broken_imports(side.offered, edges, ours);
}

// Whether the file imports anything that the merge may have changed, or was changed itself.
bool may_break(Affected& affected, JudgedSide& after, const facts::FileImports& file,
               ModuleMap::FileEdges& edges) {
  if (affected.importer(file.path)) return true;
  after.modules.edges_of(file.path, file.facts, edges);
  return std::ranges::any_of(
      edges.edges, [&](const ModuleMap::Edge& edge) { return affected.module(edge.target); });
}

std::vector<BrokenImport> newly_broken_in(const ImportComparison& trees,
                                          const facts::FileImports& file) {
  std::vector<BrokenImport> now = broken_in(trees.after, file, trees.ours);
  if (now.empty()) return {};
  const facts::FileImports* old = find_file(trees.before.tree_imports, file.path);
  const auto before =
      old != nullptr ? broken_in(trees.before, *old, trees.ours) : std::vector<BrokenImport>{};
  std::vector<BrokenImport> doubts = broken_in(trees.before, file, trees.ours);
  trees.parents.agree(file, trees.ours, doubts);
  return analyzers::newly_broken(std::move(now), before, doubts);
}

analyzers::OfferedNames::InterfaceOf interfaces(session::Session& session) {
  return [&session](const core::ObjectId& blob) {
    return facts::interface_of_blob(session.repository(), blob);
  };
}

JudgedSide::JudgedSide(session::Session& session, const core::ObjectId& commit)
    : tree_imports(facts::TreeImports::of_commit(session.repository(), commit)),
      modules(tree_imports.tree(),
              python::python_roots(session.policy().python_roots, tree_imports.tree())),
      graph(graph_of(modules, tree_imports)),
      offered(tree_imports.tree(), modules, interfaces(session)) {}

OtherParents::OtherParents(session::Session& session, const core::ObjectId& before,
                           const core::ObjectId& merge)
    : knowledge_(std::make_unique<facts::BlobKnowledge>(session.repository())) {
  const git::Repository& repository = session.repository();
  for (const core::ObjectId& commit : git::commit(repository, merge).parents) {
    if (commit == before) continue;
    Parent& parent = parents_.emplace_back();
    parent.tree = repository.source_tree(commit);
    parent.modules = std::make_unique<ModuleMap>(
        *parent.tree, python::python_roots(session.policy().python_roots, *parent.tree));
    parent.offered = std::make_unique<analyzers::OfferedNames>(*parent.tree, *parent.modules,
                                                               interfaces(session));
  }
}

bool OtherParents::have(std::string_view top) const {
  return std::ranges::any_of(parents_, [&](const Parent& parent) {
    return parent.modules->found(parent.modules->find(top)).kind != Kind::absent;
  });
}

void OtherParents::agree(const facts::FileImports& file, const analyzers::Ours& ours,
                         std::vector<BrokenImport>& doubts) const {
  for (const Parent& parent : parents_) {
    if (doubts.empty()) return;
    const auto edges = python::import_edges(*parent.modules, file.path, file.facts);
    const auto there = analyzers::broken_imports(*parent.offered, edges, ours);
    std::erase_if(doubts, [&](const BrokenImport& doubt) {
      return std::ranges::none_of(there, [&](const BrokenImport& same) {
        return same.module == doubt.module && same.name == doubt.name && !same.doubt.empty();
      });
    });
  }
}

bool OtherParents::lack(const BrokenImport& broken, const analyzers::Ours& ours) const {
  const std::string& path = broken.edge.path;
  return std::ranges::any_of(parents_, [&](const Parent& parent) {
    const auto blob = parent.tree->file(path);
    if (!blob) return false;
    const auto edges = python::import_edges(*parent.modules, path, knowledge_->facts(*blob));
    return std::ranges::any_of(analyzers::broken_imports(*parent.offered, edges, ours),
                               [&](const BrokenImport& old) {
                                 return old.module == broken.module && old.name == broken.name;
                               });
  });
}

// `changed`: the paths that differ between the two. In path order.
std::vector<BrokenImport> broken_by_merge(const ImportComparison& trees,
                                          const std::vector<std::string>& changed) {
  Affected affected(trees.before, trees.after, changed);
  std::vector<BrokenImport> found;
  ModuleMap::FileEdges edges;
  for (const facts::FileImports& file : trees.after.tree_imports.files()) {
    if (!may_break(affected, trees.after, file, edges)) continue;
    for (BrokenImport& broken : newly_broken_in(trees, file)) found.push_back(std::move(broken));
  }
  return found;
}

// Leaves out what others import in vain already (a build makes it, perhaps), and doubts that the
// file had in another parent.
void erase_known(const ImportComparison& trees, std::vector<BrokenImport>& found) {
  std::map<std::pair<std::string, std::string>, bool> known;  // by module and name
  std::erase_if(found, [&](const BrokenImport& broken) {
    const auto [at, fresh] = known.try_emplace({broken.module, broken.name}, false);
    if (fresh) at->second = imported_in_vain(trees.before, broken, trees.ours);
    return at->second || (!broken.certain() && trees.parents.lack(broken, trees.ours));
  });
}

// The two sides of a merge commit on `before`; none where it is no merge of two.
std::vector<MergeSide> sides_of(const git::Repository& repository, const MergedRange& range) {
  const std::vector<core::ObjectId> parents = git::commit(repository, range.after).parents;
  if (parents.size() != 2 || parents.front() != range.before) return {};
  const auto base = git::merge_base(repository, range.before, parents.back());
  if (!base) return {};
  std::vector<MergeSide> sides(2);
  for (std::size_t i = 0; i < 2; ++i) {
    MergeSide& side = sides[i];
    side.head = side.tip = parents[i];
    side.base = *base;
    side.changes = git::changes_between(repository, *base, side.tip);
  }
  return sides;
}

MergedFinding as_finding(const Conflict& conflict) {
  core::Finding finding{
      core::Rule::imports, conflict.blocks ? core::Severity::block : core::Severity::warn,
      conflict.first.path, conflict.first.line,
      conflict.message,    conflict.next};
  const ConflictPlace& changed = conflict.second;
  if (changed.line > 0)
    finding.message += fmt::format(" ({}:{})", core::quote_path(changed.path), changed.line);
  if (!changed.who.empty()) finding.message += "; last changed by " + changed.who;
  return {conflict.kind, conflict.message, std::move(finding)};
}

// Whether it is found by looking at the sides alone, not at the whole trees.
bool by_sides(ConflictKind kind) {
  return kind == ConflictKind::interface || kind == ConflictKind::unbound_name ||
         kind == ConflictKind::defined_twice || kind == ConflictKind::migration ||
         kind == ConflictKind::requirement || kind == ConflictKind::fixture;
}

// Calls that were right on either side, names that were bound, and files of the project.
void add_side_conflicts(session::Session& session, const MergedRange& range,
                        std::vector<MergedFinding>& findings) {
  const git::Repository& repository = session.repository();
  const std::vector<MergeSide> sides = sides_of(repository, range);
  if (sides.empty()) return;
  facts::BlobKnowledge knowledge(repository);
  SideIndex ours(session, knowledge, sides[0], 0), theirs(session, knowledge, sides[1], 1);
  if (!related(ours, theirs)) return;
  TreeView merged(session, knowledge, range.after);
  std::vector<Conflict> conflicts = code_conflicts({session, ours, theirs, merged, {}});
  std::erase_if(conflicts, [](const Conflict& conflict) { return !by_sides(conflict.kind); });
  name_authors(session, sides, conflicts, range.variables);
  for (const Conflict& conflict : conflicts) findings.push_back(as_finding(conflict));
}

void add_violations(session::Session& session, const JudgedSide& before, const JudgedSide& after,
                    std::vector<MergedFinding>& findings) {
  const core::Policy& policy = session.policy();
  const LayerMap layers(policy);
  if (layers.empty() || policy.rules.layer == core::Action::off) return;
  const auto known = gates::violating_pairs(policy, before.graph);
  const std::string name(analyzers::kBaselineFile);
  const auto accepted =
      gates::read_baseline(session.repository(), after.tree_imports.blob(name), name);
  for (const auto& violation : analyzers::layer_violations(after.graph, layers)) {
    const std::string& from = after.graph.modules[violation.edge.from];
    const std::string& to = after.graph.modules[violation.edge.to];
    if (std::ranges::binary_search(known, analyzers::ModulePair(from, to))) continue;
    if (accepted.has(from, to)) continue;
    auto finding = analyzers::finding(core::Rule::layer, policy.rules.layer,
                                      after.graph.files[violation.edge.file], violation.message,
                                      layers.remedy(from, to));
    finding->line = violation.edge.line;
    findings.push_back({ConflictKind::layer, violation.message, std::move(*finding)});
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
struct RemovalSearch {
  session::Session& session;
  JudgedSide& before;
  JudgedSide& after;
  const MergedRange& range;
  ObjectId tip, base;  // of the merged branch
  PathAuthors authors{session};
};

// Whether that tree has what the import names.
bool has(JudgedSide& side, const BrokenImport& broken) {
  const std::string& name = broken.name;
  const std::string module = name.empty() ? broken.module : broken.module + "." + name;
  if (side.modules.found(side.modules.find(module)).kind != Kind::absent) return true;
  return !name.empty() &&
         side.offered.offers(broken.module, name).answer != core::Interface::Answer::no;
}

// The file of what is missing, as it was where it last was; else of the module that has no such
// name.
std::string missing_file(RemovalSearch& search, const BrokenImport& broken) {
  const auto tree = search.session.repository().source_tree(search.base);
  ModuleMap modules(*tree, python::python_roots(search.session.policy().python_roots, *tree));
  const auto path = [&](const std::string& module) {
    ModuleMap& before = search.before.modules;
    const std::string& then = before.found(before.find(module)).path;
    return then.empty() ? modules.found(modules.find(module)).path : then;
  };
  const std::string submodule = broken.name.empty() ? "" : path(broken.module + "." + broken.name);
  if (!submodule.empty()) return submodule;
  ModuleMap& after = search.after.modules;
  const std::string& now = after.found(after.find(broken.module)).path;
  return now.empty() ? path(broken.module) : now;
}

// "agent-E1 (1a2b3c4d5e)"; empty when it is not known.
std::string removed_by(RemovalSearch& search, const BrokenImport& broken) {
  const ObjectId& tip = has(search.before, broken) ? search.tip : search.range.before;
  const std::string path = missing_file(search, broken);
  if (path.empty()) return {};
  const auto names = search.authors.between(search.base, tip, {path}, search.range.variables);
  return names.contains(path) ? names.at(path) : "";
}

std::optional<RemovalSearch> removal_search(session::Session& session, JudgedSide& before,
                                            JudgedSide& after, const MergedRange& range) {
  const git::Repository& repository = session.repository();
  const std::vector<ObjectId> parents = git::commit(repository, range.after).parents;
  if (parents.size() != 2 || parents.front() != range.before) return std::nullopt;
  const auto base = git::merge_base(repository, range.before, parents.back());
  if (!base) return std::nullopt;
  return RemovalSearch{session, before, after, range, parents.back(), *base};
}

void add_imports(session::Session& session, const MergedRange& range, JudgedSide& before,
                 JudgedSide& after, const std::vector<std::string>& changed,
                 std::vector<MergedFinding>& findings) {
  const OtherParents parents(session, range.before, range.after);
  const analyzers::Ours ours = [&](std::string_view top) {
    return before.modules.found(before.modules.find(top)).kind != Kind::absent || parents.have(top);
  };
  auto removals = removal_search(session, before, after, range);
  const LayerMap layers(session.policy());
  const ImportComparison trees{before, after, parents, ours};
  std::vector<BrokenImport> found = broken_by_merge(trees, changed);
  std::erase_if(found, [&](const BrokenImport& broken) { return ignored(layers, broken); });
  doubt_built_modules(
      session.repository(), {range.after},
      python::python_roots(session.policy().python_roots, after.tree_imports.tree()), found);
  erase_known(trees, found);
  for (const BrokenImport& broken : analyzers::told_once(std::move(found))) {
    core::Finding finding = analyzers::as_finding(broken);
    std::string fault = finding.message;
    const std::string who = removals ? removed_by(*removals, broken) : "";
    if (!who.empty()) finding.message += "; last changed by " + who;
    findings.push_back({ConflictKind::broken_import, std::move(fault), std::move(finding)});
  }
}

}  // namespace

std::vector<MergedFinding> merged_findings(session::Session& session, const MergedRange& range) {
  std::vector<std::string> changed;
  bool any_python = false;
  for (core::Change& change :
       git::changes_between(session.repository(), range.before, range.after)) {
    any_python = any_python || core::is_python_source(change.path);
    changed.push_back(std::move(change.path));
  }
  std::vector<MergedFinding> findings;
  if (!any_python) {
    add_side_conflicts(session, range, findings);
    return findings;
  }
  JudgedSide before(session, range.before), after(session, range.after);
  add_violations(session, before, after, findings);
  for (const auto& circle : analyzers::new_cycles(before.graph, after.graph)) {
    core::Finding finding = analyzers::circle_finding(after.graph, circle);
    std::string fault = finding.message;
    findings.push_back({ConflictKind::circle, std::move(fault), std::move(finding)});
  }
  add_imports(session, range, before, after, changed, findings);
  add_side_conflicts(session, range, findings);
  std::ranges::stable_sort(findings, {}, [](const MergedFinding& one) {
    return std::tie(one.finding.path, one.finding.line);
  });
  return findings;
}

std::vector<core::Finding> judge_merged(session::Session& session, const core::ObjectId& before,
                                        const core::ObjectId& after) {
  std::vector<core::Finding> findings;
  for (MergedFinding& one : merged_findings(session, {before, after}))
    findings.push_back(std::move(one.finding));
  return findings;
}

}  // namespace gs::conflicts
