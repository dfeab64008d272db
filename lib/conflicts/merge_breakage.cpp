#include "lib/conflicts/merge_breakage.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>

#include "analyzers/broken_imports.h"
#include "analyzers/graph_builder.h"
#include "analyzers/layers.h"
#include "lib/app/full_check.h"
#include "lib/core/text.h"

namespace gs::streams {

namespace {

using analyzers::BrokenCall;
using analyzers::BrokenImport;
using core::ImportEdge;

std::vector<std::string> common_and_own(const MergeHalf& ours, const MergeHalf& theirs) {
  std::vector<std::string> all;
  std::ranges::set_union(ours.sources(), theirs.sources(), std::back_inserter(all));
  return all;
}

class CodeSearch {
 public:
  CodeSearch(app::Session& session, MergeHalf& ours, MergeHalf& theirs, TreeView& merged,
             const std::vector<std::string>& undecided)
      : session_(session),
        ours_(ours),
        theirs_(theirs),
        merged_(merged),
        undecided_(undecided),
        layers_(session.policy()),
        graph_(merged.modules),
        our_graph_(ours.view().modules),
        their_graph_(theirs.view().modules) {}

  std::vector<Clash> run() {
    std::vector<std::string> files = common_and_own(ours_, theirs_);
    std::erase_if(files, [&](const std::string& path) { return !worth_a_look(path); });
    learn(files);
    for (const std::string& path : files) look(path);
    look_at_layers();
    std::ranges::stable_sort(found_, {}, &Clash::kind);
    return std::move(found_);
  }

 private:
  bool worth_a_look(const std::string& path) {
    const bool one = ours_.changed(path), other = theirs_.changed(path);
    if (std::ranges::find(undecided_, path) != undecided_.end()) return false;
    if (!merged_.tree->file(path)) return false;
    return (one && other) || (one && ours_.builds_on(path, theirs_)) ||
           (other && theirs_.builds_on(path, ours_));
  }

  void learn(const std::vector<std::string>& files) {
    std::vector<core::ObjectId> blobs;
    for (const std::string& path : files) blobs.push_back(*merged_.tree->file(path));
    merged_.knowledge.learn(blobs);
  }

  // Imports that matter: those that lead to what the side without this file's change has touched;
  // where both have changed it, all that lead to what either has.
  bool matters(const std::string& path, const ImportEdge& edge) {
    return (ours_.changed(path) && ours_.leads_to(edge, theirs_)) ||
           (theirs_.changed(path) && theirs_.leads_to(edge, ours_));
  }

  std::vector<ImportEdge> edges_in(TreeView& view, const std::string& path) {
    std::vector<ImportEdge> edges = view.edges(path);
    std::erase_if(edges, [&](const ImportEdge& edge) { return !matters(path, edge); });
    return edges;
  }

  std::vector<BrokenImport> broken(TreeView& view, const std::vector<ImportEdge>& edges) {
    return analyzers::broken_imports(view.offered, edges, [this](std::string_view top) {
      return ours_.view().have(top) || theirs_.view().have(top);
    });
  }

  // The same statements, seen in another tree.
  std::vector<BrokenImport> doubts_in(TreeView& view, const std::string& path) {
    auto edges = analyzers::import_edges(view.modules, path,
                                         merged_.knowledge.facts(*merged_.tree->file(path)));
    std::erase_if(edges, [&](const ImportEdge& edge) { return !matters(path, edge); });
    return broken(view, edges);
  }

  void look(const std::string& path) {
    const std::vector<ImportEdge> edges = edges_in(merged_, path);
    look_at_imports(path, edges);
    look_at_calls(path);
    if (layers_.empty()) return;
    add_to(graph_, merged_, path);
    add_to(our_graph_, ours_.view(), path);
    add_to(their_graph_, theirs_.view(), path);
  }

  static void add_to(analyzers::GraphBuilder& graph, TreeView& view, const std::string& path) {
    if (const auto blob = view.tree->file(path)) graph.add(path, view.knowledge.facts(*blob));
  }

  void look_at_imports(const std::string& path, const std::vector<ImportEdge>& edges) {
    std::vector<BrokenImport> now = broken(merged_, edges);
    std::erase_if(now, [&](const BrokenImport& one) { return is_undecided(one.module); });
    if (now.empty()) return;
    std::vector<BrokenImport> before, doubts;
    for (MergeHalf* half : {&ours_, &theirs_}) {
      const auto old = broken(half->view(), half->view().edges(path));
      // A doubt is nothing new only where the one who wrote the import had it.
      const auto there =
          half->changed(path) ? doubts_in(half->view(), path) : std::vector<BrokenImport>{};
      before.insert(before.end(), old.begin(), old.end());
      doubts.insert(doubts.end(), there.begin(), there.end());
    }
    for (const BrokenImport& one : analyzers::newly_broken(std::move(now), before, doubts)) {
      if (layers_.ignored(one.edge.importer, one.module, one.edge.kind, one.edge.type_checking))
        continue;
      const core::Finding finding = analyzers::as_finding(one);
      Clash clash = clash_at(path, one.edge.line, one.module, one.name);
      clash.kind = ClashKind::broken_import;
      clash.blocks = one.certain();
      clash.message = finding.message;
      found_.push_back(std::move(clash));
    }
  }

  bool is_undecided(const std::string& module) {
    const std::string path = merged_.modules.found(merged_.modules.find(module)).path;
    return std::ranges::find(undecided_, path) != undecided_.end();
  }

  std::vector<BrokenCall> calls_in(TreeView& view, const std::string& path) {
    const auto blob = view.tree->file(path);
    if (!blob) return {};
    return analyzers::broken_calls(view.called, path, view.knowledge.facts(*blob),
                                   view.knowledge.calls(*blob), [this](std::string_view module) {
                                     return ours_.touches(module) || theirs_.touches(module);
                                   });
  }

  void look_at_calls(const std::string& path) {
    std::vector<BrokenCall> now = calls_in(merged_, path);
    if (now.empty()) return;
    for (MergeHalf* half : {&ours_, &theirs_}) {
      const std::vector<BrokenCall> old = calls_in(half->view(), path);
      std::erase_if(now, [&](const BrokenCall& broken) {
        return std::ranges::any_of(old, [&](const auto& one) { return broken.same_as(one); });
      });
    }
    for (const BrokenCall& broken : now) {
      if (is_undecided(broken.module)) continue;
      Clash clash = clash_at(path, broken.call.line, broken.module, {});
      clash.kind = ClashKind::interface;
      clash.blocks = broken.certain;
      clash.second.line = broken.line;
      clash.message =
          fmt::format("calls {}: {} {}", core::printable(core::dotted(broken.call.name)),
                      core::printable(broken.target), broken.fault);
      if (!broken.certain) clash.message += " (as far as imports tell)";
      found_.push_back(std::move(clash));
    }
  }

  // Who has changed a file, where only one has; of two, ours.
  std::size_t author(const std::string& path) const {
    return ours_.changed(path) || !theirs_.changed(path) ? ours_.number() : theirs_.number();
  }

  // The one who imports, and the other one's place: where the module was before it went.
  Clash clash_at(const std::string& path, std::uint32_t line, const std::string& module,
                 const std::string& name) {
    Clash clash;
    clash.first = {author(path), path, {}, line};
    std::string target;
    for (const std::string& one : {name.empty() ? module : module + "." + name, module}) {
      for (TreeView* view : {&merged_, &ours_.view(), &theirs_.view()}) {
        if (target.empty()) target = view->modules.found(view->modules.find(one)).path;
      }
      if (!ours_.changed(target) && !theirs_.changed(target)) target.clear();
      if (!target.empty()) break;
    }
    MergeHalf& other = clash.first.side == ours_.number() ? theirs_ : ours_;
    clash.second = {other.number(), target, {}, 0};
    if (!target.empty() && !other.changed(target)) clash.second.side = author(target);
    if (clash.second.side == clash.first.side && ours_.changed(path) && theirs_.changed(path))
      clash.first.side = other.number();
    return clash;
  }

  void look_at_layers() {
    const core::Policy& policy = session_.policy();
    if (layers_.empty() || policy.rules.layer == core::Action::off) return;
    const auto graph = graph_.take(), one = our_graph_.take(), other = their_graph_.take();
    const auto ours = app::violating_pairs(policy, one),
               theirs = app::violating_pairs(policy, other);
    for (const auto& violation : analyzers::layer_violations(graph, layers_)) {
      const std::string& from = graph.modules[violation.edge.from];
      const std::string& to = graph.modules[violation.edge.to];
      const analyzers::ModulePair pair(from, to);
      if (std::ranges::binary_search(ours, pair) || std::ranges::binary_search(theirs, pair))
        continue;
      Clash clash = clash_at(graph.files[violation.edge.file], violation.edge.line, to, {});
      clash.kind = ClashKind::layer;
      clash.blocks = policy.rules.layer == core::Action::block;
      clash.message = violation.message;
      clash.next = layers_.remedy(from, to);
      found_.push_back(std::move(clash));
    }
  }

  app::Session& session_;
  MergeHalf& ours_;
  MergeHalf& theirs_;
  TreeView& merged_;
  const std::vector<std::string>& undecided_;
  const analyzers::LayerMap layers_;
  analyzers::GraphBuilder graph_, our_graph_, their_graph_;
  std::vector<Clash> found_;
};

}  // namespace

bool meet(MergeHalf& ours, MergeHalf& theirs) {
  const auto builds = [](MergeHalf& one, MergeHalf& other) {
    return std::ranges::any_of(one.sources(), [&](const std::string& path) {
      return other.changed(path) || one.builds_on(path, other);
    });
  };
  return builds(ours, theirs) || builds(theirs, ours);
}

std::vector<Clash> code_clashes(app::Session& session, MergeHalf& ours, MergeHalf& theirs,
                                TreeView& merged, const std::vector<std::string>& undecided) {
  return CodeSearch(session, ours, theirs, merged, undecided).run();
}

namespace {

struct TopEdge {
  std::string to;
  ClashPlace place;
  bool both = true;  // no: only one side has it
};
using TopGraph = std::map<std::string, std::vector<TopEdge>>;
using Way = std::vector<std::pair<std::string, const TopEdge*>>;  // who imports, and the import

// The imports between top-level modules that neither side has taken away.
TopGraph standing(const analyzers::ImportGraph& graph, MergeHalf& ours, MergeHalf& theirs) {
  const auto gone = [](MergeHalf& half, const TopPair& pair, const std::string& file) {
    const auto lost = half.lost_tops().find(pair);
    return lost != half.lost_tops().end() && lost->second.contains(file);
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

void add(TopGraph& tops, MergeHalf& half) {
  for (const auto& [pair, place] : half.new_tops()) {
    std::vector<TopEdge>& edges = tops[pair.first];
    if (std::ranges::find(edges, pair.second, &TopEdge::to) == edges.end())
      edges.push_back({pair.second, place, false});
  }
}

// A shortest way, as imports; empty when there is none.
Way way(const TopGraph& tops, const std::string& from, const std::string& to) {
  std::map<std::string, std::pair<std::string, const TopEdge*>> came;
  std::deque<std::string> open{from};
  while (!open.empty() && !came.contains(to)) {
    const std::string at = std::move(open.front());
    open.pop_front();
    const auto edges = tops.find(at);
    if (edges == tops.end()) continue;
    for (const TopEdge& edge : edges->second) {
      if (edge.to != from && came.try_emplace(edge.to, at, &edge).second) open.push_back(edge.to);
    }
  }
  Way steps;
  for (std::string at = to; came.contains(at) && at != from; at = steps.back().first)
    steps.push_back(came.at(at));
  std::ranges::reverse(steps);
  return steps;
}

}  // namespace

std::vector<Clash> circle_clashes(MergeHalf& ours, MergeHalf& theirs,
                                  const analyzers::ImportGraph& graph) {
  std::vector<Clash> clashes;
  if (ours.new_tops().empty() || theirs.new_tops().empty()) return clashes;
  TopGraph one = standing(graph, ours, theirs), both = one;
  add(one, ours);
  add(both, ours);
  add(both, theirs);
  std::set<std::set<std::string>> said;
  for (const auto& [pair, place] : ours.new_tops()) {
    const Way back = way(both, pair.second, pair.first);
    if (back.empty() || !way(one, pair.second, pair.first).empty()) continue;
    std::set<std::string> modules{pair.first};
    Clash clash;
    clash.kind = ClashKind::circle;
    clash.blocks = false;
    clash.first = place;
    clash.message = fmt::format("imports go in a circle: {} → {} ({}:{})", pair.first, pair.second,
                                core::quote_path(place.path), place.line);
    for (const auto& [importer, edge] : back) {
      modules.insert(importer);
      clash.message += fmt::format(" → {} ({}:{})", edge->to, core::quote_path(edge->place.path),
                                   edge->place.line);
      if (!edge->both && edge->place.side == theirs.number()) clash.second = edge->place;
    }
    if (clash.second.path.empty())
      continue;  // of ours alone, by an import that stands elsewhere too
    if (said.insert(std::move(modules)).second) clashes.push_back(std::move(clash));
  }
  return clashes;
}

}  // namespace gs::streams
