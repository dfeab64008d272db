#include "lib/conflicts/breakage/merge_breakage.h"

#include <algorithm>
#include <deque>
#include <fmt/core.h>
#include <set>

#include "analyzers/broken_references.h"
#include "analyzers/import_graph.h"
#include "analyzers/layers.h"
#include "analyzers/method_faults.h"
#include "lib/conflicts/breakage/built_modules.h"
#include "lib/conflicts/breakage/merged_files.h"
#include "lib/conflicts/breakage/project_checks/project_conflicts.h"
#include "lib/conflicts/breakage/repeated_definitions.h"
#include "lib/conflicts/breakage/unbound_names.h"
#include "lib/core/text.h"
#include "lib/gates/tree_check.h"

namespace gs::conflicts {

namespace {

using analyzers::BrokenCall;
using analyzers::BrokenImport;
using core::ImportEdge;

bool is_undecided(const MergedCode& code, const std::string& path) {
  return std::ranges::find(code.undecided, path) != code.undecided.end();
}

// Whether the module is, or was on either side, a file that git could not decide. A package hides
// a file of its name, whatever becomes of that.
bool in_undecided(const MergedCode& code, const std::string& module) {
  if (code.undecided.empty()) return false;
  for (TreeView* view : {&code.merged, &code.ours.view(), &code.theirs.view()}) {
    const python::FoundModule& found = view->modules.found(view->modules.find(module));
    if (is_undecided(code, found.path)) return true;
    if (view == &code.merged && found.kind == python::FoundModule::Kind::package) return false;
  }
  return false;
}

// A file that git could not decide and that the module takes names from by star imports; empty:
// none.
std::string undecided_behind(const MergedCode& code, const std::string& module,
                             std::set<std::string>& visited) {
  if (code.undecided.empty() || !visited.insert(module).second) return {};
  python::ModuleMap& modules = code.merged.modules;
  for (const ImportEdge& edge : code.merged.edges(modules.found(modules.find(module)).path)) {
    if (edge.kind != core::ImportKind::star) continue;
    if (in_undecided(code, edge.target)) return edge.target_path;
    const std::string behind = undecided_behind(code, edge.target, visited);
    if (!behind.empty()) return behind;
  }
  return {};
}

bool changed_on(const MergedCode& code, SideIndex& side, const std::string& path) {
  return side.changed(path_on(code, side, path));
}

// The files of either side that build on what the other has changed, or that both have changed.
std::vector<std::string> affected_files(const MergedCode& code) {
  std::vector<std::string> files;
  std::ranges::set_union(code.ours.sources(), code.theirs.sources(), std::back_inserter(files));
  std::erase_if(files, [&](const std::string& path) {
    const std::string ours = path_on(code, code.ours, path),
                      theirs = path_on(code, code.theirs, path);
    const bool one = code.ours.changed(ours), other = code.theirs.changed(theirs);
    if (is_undecided(code, path) || !code.merged.tree->file(path)) return true;
    return !(one && other) && !(one && code.ours.builds_on(ours, code.theirs)) &&
           !(other && code.theirs.builds_on(theirs, code.ours));
  });
  return files;
}

// Drops imports that do not matter. Those matter that lead to what the side without this file's
// change has touched; where both have changed it, all that lead to what either has.
std::vector<ImportEdge> relevant(const MergedCode& code, const std::string& path,
                                 std::vector<ImportEdge> edges) {
  const bool one = changed_on(code, code.ours, path), other = changed_on(code, code.theirs, path);
  std::erase_if(edges, [&](const ImportEdge& edge) {
    return !(one && code.ours.leads_to(edge, code.theirs)) &&
           !(other && code.theirs.leads_to(edge, code.ours));
  });
  return edges;
}

std::vector<BrokenImport> broken(const MergedCode& code, TreeView& view,
                                 const std::vector<ImportEdge>& edges) {
  return analyzers::broken_imports(view.offered, edges, [&](std::string_view top) {
    return code.ours.view().have(top) || code.theirs.view().have(top);
  });
}

// The merged file's statements, seen in a side's tree.
std::vector<BrokenImport> doubts_in(const MergedCode& code, TreeView& view,
                                    const std::string& path) {
  const auto& facts = code.merged.knowledge.facts(*code.merged.tree->file(path));
  return broken(code, view, relevant(code, path, python::import_edges(view.modules, path, facts)));
}

// Who has changed a file, where only one has; of two, ours.
std::size_t changed_by(const MergedCode& code, const std::string& path) {
  return changed_on(code, code.ours, path) || !changed_on(code, code.theirs, path)
             ? code.ours.number()
             : code.theirs.number();
}

// The file of a module, or of a name that may be one, which either side has changed: where it was
// before it went. Empty where there is none.
std::string changed_target(const MergedCode& code, const std::string& module,
                           const std::string& name) {
  for (const std::string& one : {name.empty() ? module : module + "." + name, module}) {
    std::string target;
    for (TreeView* view : {&code.merged, &code.ours.view(), &code.theirs.view()}) {
      if (target.empty()) target = view->modules.found(view->modules.find(one)).path;
    }
    if (changed_on(code, code.ours, target) || changed_on(code, code.theirs, target)) return target;
  }
  return {};
}

struct BrokenUse {
  std::string path;  // that imports or calls
  std::uint32_t line = 0;
  std::string module, name;
};

// A conflict of the one who imports with the other one's place.
Conflict conflict_at(const MergedCode& code, ConflictKind kind, const BrokenUse& use) {
  const std::string& path = use.path;
  Conflict conflict;
  conflict.kind = kind;
  conflict.first = {changed_by(code, path), path, {}, use.line};
  const std::string target = changed_target(code, use.module, use.name);
  SideIndex& other = conflict.first.side == code.ours.number() ? code.theirs : code.ours;
  conflict.second = {other.number(), target, {}, 0};
  if (!target.empty() && !changed_on(code, other, target))
    conflict.second.side = changed_by(code, target);
  if (conflict.second.side == conflict.first.side && changed_on(code, code.ours, path) &&
      changed_on(code, code.theirs, path))
    conflict.first.side = other.number();
  for (ConflictPlace* place : {&conflict.first, &conflict.second}) {
    SideIndex& side = place->side == code.ours.number() ? code.ours : code.theirs;
    const std::string own = path_on(code, side, place->path);
    if (own != place->path) place->own_path = own;
  }
  return conflict;
}

std::vector<BrokenImport> newly_broken_imports(const MergedCode& code,
                                               const analyzers::LayerMap& layers,
                                               const std::string& path) {
  std::vector<BrokenImport> now =
      broken(code, code.merged, relevant(code, path, code.merged.edges(path)));
  std::erase_if(now, [&](const BrokenImport& one) {
    return in_undecided(code, one.module) ||
           layers.ignored(one.edge.importer, one.module, one.edge.kind, one.edge.type_checking);
  });
  for (BrokenImport& one : now) {
    std::set<std::string> visited;
    const std::string file =
        one.doubt.empty() ? undecided_behind(code, one.module, visited) : std::string();
    if (!file.empty()) one.doubt = "git could not decide " + core::quote_path(file);
  }
  if (now.empty()) return now;
  std::vector<BrokenImport> before, doubts;
  for (SideIndex* side : {&code.ours, &code.theirs}) {
    auto old = broken(code, side->view(), side->view().edges(path_on(code, *side, path)));
    for (BrokenImport& one : old) one.edge.path = path;
    // A doubt is nothing new only where the one who wrote the import had it.
    const auto there = changed_on(code, *side, path) ? doubts_in(code, side->view(), path)
                                                     : std::vector<BrokenImport>{};
    before.insert(before.end(), old.begin(), old.end());
    doubts.insert(doubts.end(), there.begin(), there.end());
  }
  return analyzers::newly_broken(std::move(now), before, doubts);
}

void find_broken_imports(const MergedCode& code, const analyzers::LayerMap& layers,
                         const std::vector<std::string>& files, std::vector<Conflict>& found) {
  std::vector<BrokenImport> all;
  for (const std::string& path : files) {
    for (BrokenImport& one : newly_broken_imports(code, layers, path))
      all.push_back(std::move(one));
  }
  doubt_built_modules(code.session.repository(), {code.ours.side().tip, code.theirs.side().tip},
                      python::python_roots(code.session.policy().python_roots, *code.merged.tree),
                      all);
  for (const BrokenImport& one : analyzers::told_once(std::move(all))) {
    Conflict conflict = conflict_at(code, ConflictKind::broken_import,
                                    {one.edge.path, one.edge.line, one.module, one.name});
    conflict.blocks = one.certain();
    conflict.message = analyzers::as_finding(one).message;
    found.push_back(std::move(conflict));
  }
}

std::vector<BrokenCall> calls_in(const MergedCode& code, TreeView& view, const std::string& path) {
  const auto blob = view.tree->file(path);
  if (!blob) return {};
  return analyzers::broken_calls(view.called, path, view.knowledge.facts(*blob),
                                 view.knowledge.calls(*blob).list, [&](std::string_view module) {
                                   return code.ours.touches(module) || code.theirs.touches(module);
                                 });
}

// What `find` finds of a file in the merged tree and in neither side's.
template <class Find>
auto only_merged(const MergedCode& code, const std::string& path, const Find& find) {
  auto now = find(code.merged, path);
  for (SideIndex* side : {&code.ours, &code.theirs}) {
    if (now.empty()) break;
    const auto old = find(side->view(), path_on(code, *side, path));
    std::erase_if(now, [&](const auto& fault) {
      return std::ranges::any_of(old, [&](const auto& one) { return fault.same_as(one); });
    });
  }
  return now;
}

void add_broken_calls(const MergedCode& code, const std::string& path,
                      const std::vector<BrokenCall>& calls, std::vector<Conflict>& found) {
  for (const BrokenCall& call : calls) {
    const std::string& caller = call.caller.empty() ? path : call.caller;
    if (in_undecided(code, call.module) || is_undecided(code, caller)) continue;
    Conflict conflict =
        conflict_at(code, ConflictKind::interface, {caller, call.call.line, call.module, {}});
    conflict.blocks = call.certain;
    conflict.second.line = call.line;
    conflict.message = fmt::format("calls {}: {} {}", core::printable(core::dotted(call.call.name)),
                                   core::printable(call.target), call.fault);
    if (!call.certain) conflict.message += " (as far as imports tell)";
    found.push_back(std::move(conflict));
  }
}

void find_broken_calls(const MergedCode& code, const std::string& path,
                       std::vector<Conflict>& found) {
  const auto of_imports = [&](TreeView& view, const std::string& on_side) {
    return calls_in(code, view, on_side);
  };
  std::vector<std::string> below{path};
  for (const SideIndex* side : {&code.ours, &code.theirs})
    below.insert(below.end(), side->sources().begin(), side->sources().end());
  // What was missing on a side is nothing new, whatever its classes below define.
  const auto of_methods = [&](TreeView& view, const std::string& on_side) {
    const bool merged = &view == &code.merged;
    return analyzers::broken_method_calls(view.classes, on_side,
                                          merged ? below : std::vector<std::string>{});
  };
  add_broken_calls(code, path, only_merged(code, path, of_imports), found);
  add_broken_calls(code, path, only_merged(code, path, of_methods), found);
}

void find_class_faults(const MergedCode& code, const std::string& path,
                       std::vector<Conflict>& found) {
  const auto faults = [](TreeView& view, const std::string& on_side) {
    return analyzers::class_faults(view.classes, on_side);
  };
  for (const analyzers::ClassFault& fault : only_merged(code, path, faults)) {
    if (in_undecided(code, fault.module)) continue;
    Conflict conflict =
        conflict_at(code, ConflictKind::interface, {path, fault.line, fault.module, {}});
    conflict.blocks = false;
    conflict.message = "class " + core::printable(fault.text);
    found.push_back(std::move(conflict));
  }
}

// The imports of these files in one tree.
analyzers::ImportGraph graph_of(TreeView& view, const std::vector<std::string>& files) {
  analyzers::GraphBuilder graph(view.modules);
  for (const std::string& path : files) {
    if (const auto blob = view.tree->file(path)) graph.add(path, view.knowledge.facts(*blob));
  }
  return graph.take();
}

void find_layer_violations(const MergedCode& code, const analyzers::LayerMap& layers,
                           const std::vector<std::string>& files, std::vector<Conflict>& found) {
  const core::Policy& policy = code.session.policy();
  if (layers.empty() || policy.rules.layer == core::Action::off) return;
  const auto graph = graph_of(code.merged, files);
  const auto ours = gates::violating_pairs(policy, graph_of(code.ours.view(), files)),
             theirs = gates::violating_pairs(policy, graph_of(code.theirs.view(), files));
  for (const auto& violation : analyzers::layer_violations(graph, layers)) {
    const std::string& from = graph.modules[violation.edge.from];
    const std::string& to = graph.modules[violation.edge.to];
    const analyzers::ModulePair pair(from, to);
    if (std::ranges::binary_search(ours, pair) || std::ranges::binary_search(theirs, pair))
      continue;
    Conflict conflict = conflict_at(
        code, ConflictKind::layer, {graph.files[violation.edge.file], violation.edge.line, to, {}});
    conflict.blocks = policy.rules.layer == core::Action::block;
    conflict.message = violation.message;
    conflict.next = layers.remedy(from, to);
    found.push_back(std::move(conflict));
  }
}

}  // namespace

bool related(SideIndex& ours, SideIndex& theirs) {
  const auto builds = [](SideIndex& one, SideIndex& other) {
    return std::ranges::any_of(one.sources(), [&](const std::string& path) {
      return other.changed(path) || one.builds_on(path, other);
    });
  };
  return builds(ours, theirs) || builds(theirs, ours) ||
         share_project_files(ours.side(), theirs.side());
}

std::vector<Conflict> code_conflicts(const MergedCode& code) {
  const std::vector<std::string> files = affected_files(code);
  std::vector<core::ObjectId> blobs;
  for (const std::string& path : files) blobs.push_back(*code.merged.tree->file(path));
  code.merged.knowledge.learn(blobs);
  const analyzers::LayerMap layers(code.session.policy());
  std::vector<Conflict> found;
  find_broken_imports(code, layers, files, found);
  for (const std::string& path : files) {
    find_broken_calls(code, path, found);
    find_class_faults(code, path, found);
  }
  const std::vector<std::string> merged = files_merged_by_content(code);
  for (const auto& find : {unbound_names, repeated_definitions})
    std::ranges::move(find(code, merged), std::back_inserter(found));
  find_layer_violations(code, layers, files, found);
  std::ranges::move(project_conflicts(code), std::back_inserter(found));
  std::ranges::stable_sort(found, {}, &Conflict::kind);
  return found;
}

namespace {

struct TopEdge {
  std::string to;
  ConflictPlace place;
  bool both = true;  // no: only one side has it
};
using TopGraph = std::map<std::string, std::vector<TopEdge>>;
using ImportPath =
    std::vector<std::pair<std::string, const TopEdge*>>;  // who imports, and the import

// The imports between top-level modules that neither side has taken away.
TopGraph remaining_imports(const analyzers::ImportGraph& graph, SideIndex& ours,
                           SideIndex& theirs) {
  const auto gone = [](SideIndex& side, const TopPair& pair, const std::string& file) {
    const auto lost = side.lost_tops().find(pair);
    return lost != side.lost_tops().end() && lost->second.contains(file);
  };
  TopGraph tops;
  std::set<TopPair> known;
  for (const auto& edge : graph.edges) {
    if (edge.type_checking) continue;
    TopPair pair(top_of(graph.modules[edge.from]), top_of(graph.modules[edge.to]));
    const std::string& file = graph.files[edge.file];
    if (pair.first == pair.second || known.contains(pair)) continue;
    if (gone(ours, pair, file) || gone(theirs, pair, file)) continue;
    tops[pair.first].push_back({pair.second, {ours.number(), file, {}, edge.line}, true});
    known.insert(std::move(pair));
  }
  return tops;
}

void add(TopGraph& tops, SideIndex& side) {
  for (const auto& [pair, place] : side.new_tops()) {
    std::vector<TopEdge>& edges = tops[pair.first];
    if (std::ranges::find(edges, pair.second, &TopEdge::to) == edges.end())
      edges.push_back({pair.second, place, false});
  }
}

// The shortest chain of imports; empty when there is none.
ImportPath shortest_path(const TopGraph& tops, const std::string& from, const std::string& to) {
  std::map<std::string, std::pair<std::string, const TopEdge*>> reached;
  std::deque<std::string> open{from};
  while (!open.empty() && !reached.contains(to)) {
    const std::string at = std::move(open.front());
    open.pop_front();
    const auto edges = tops.find(at);
    if (edges == tops.end()) continue;
    for (const TopEdge& edge : edges->second) {
      if (edge.to != from && reached.try_emplace(edge.to, at, &edge).second)
        open.push_back(edge.to);
    }
  }
  ImportPath steps;
  for (std::string at = to; reached.contains(at) && at != from; at = steps.back().first)
    steps.push_back(reached.at(at));
  std::ranges::reverse(steps);
  return steps;
}

}  // namespace

std::vector<Conflict> circle_conflicts(SideIndex& ours, SideIndex& theirs,
                                       const analyzers::ImportGraph& graph) {
  std::vector<Conflict> conflicts;
  if (ours.new_tops().empty() || theirs.new_tops().empty()) return conflicts;
  TopGraph one = remaining_imports(graph, ours, theirs), both = one;
  add(one, ours);
  add(both, ours);
  add(both, theirs);
  std::set<std::set<std::string>> known;
  for (const auto& [pair, place] : ours.new_tops()) {
    const ImportPath back = shortest_path(both, pair.second, pair.first);
    if (back.empty() || !shortest_path(one, pair.second, pair.first).empty()) continue;
    std::set<std::string> modules{pair.first};
    Conflict conflict;
    conflict.kind = ConflictKind::circle;
    conflict.blocks = false;
    conflict.first = place;
    conflict.message = fmt::format("imports go in a circle: {} → {} ({}:{})", pair.first,
                                   pair.second, core::quote_path(place.path), place.line);
    for (const auto& [importer, edge] : back) {
      modules.insert(importer);
      conflict.message += fmt::format(" → {} ({}:{})", edge->to, core::quote_path(edge->place.path),
                                      edge->place.line);
      if (!edge->both && edge->place.side == theirs.number()) conflict.second = edge->place;
    }
    if (conflict.second.path.empty())
      continue;  // of ours alone, by an import that other files have too
    if (known.insert(std::move(modules)).second) conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

}  // namespace gs::conflicts
