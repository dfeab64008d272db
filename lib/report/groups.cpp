#include "lib/report/groups.h"

#include <algorithm>
#include <map>

namespace gs::report {

std::vector<Group> groups(const Graph& graph) {
  std::vector<Group> found;
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const auto [at, is_new] = place.try_emplace(node.group, found.size());
    if (is_new) found.push_back({node.group, node.level, {}});
    found[at->second].nodes.push_back(i);
  }
  std::stable_sort(found.begin(), found.end(), [](const Group& a, const Group& b) {
    if (a.name.empty() != b.name.empty()) return b.name.empty();
    return a.level > b.level;
  });
  return found;
}

}  // namespace gs::report
