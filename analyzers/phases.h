#pragma once
// What can be done side by side, and what has to wait: phases and orders from dependencies.

#include <cstddef>
#include <string>
#include <vector>

namespace gs::analyzers {

// One node waits for another. Nodes are dense numbers.
struct Dependency {
  std::size_t node = 0, on = 0;
  std::string reason;    // "declared", "llm/news.py imports models.risk"
  bool declared = true;  // false: found out, and given up first where there is a circle

  bool operator==(const Dependency&) const = default;
};

struct Phases {
  std::vector<std::vector<std::size_t>> phases;  // each in ascending order
  std::vector<Dependency> cycle;  // one circle, edge by edge, when there is any; `phases` then
                                  // holds what does not depend on a circle
};
Phases phases_of(std::size_t nodes, const std::vector<Dependency>& dependencies);

// One after the other: whoever waits comes after; of those that are free, the smallest number
// first. In a circle, found-out dependencies are given up until none is left, those in `given_up`;
// a circle of declared ones alone leaves `order` short and is told in `cycle`.
struct Order {
  std::vector<std::size_t> order;
  std::vector<std::vector<Dependency>> circles;  // each edge by edge, all that were met
  std::vector<Dependency> given_up;
};
Order order_of(std::size_t nodes, const std::vector<Dependency>& dependencies);

}  // namespace gs::analyzers
