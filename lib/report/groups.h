#pragma once
// A graph's nodes by their groups, as the pictures show them.

#include <string>
#include <vector>

#include "lib/report/graph.h"

namespace gs::report {

struct Group {
  std::string name;
  int level = -1;
  std::vector<std::size_t> nodes;  // indices, ascending
};

// The highest level first, then in order of appearance; the group of those without one (an empty
// name) last.
std::vector<Group> groups(const Graph& graph);

}  // namespace gs::report
