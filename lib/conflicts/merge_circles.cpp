// Circles that close only when two sides come together.

#include <algorithm>
#include <deque>
#include <fmt/format.h>

#include "lib/conflicts/merge_breakage.h"
#include "lib/core/text.h"

namespace gs::streams {

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
