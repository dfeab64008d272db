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
  bool declared = true;  // false: may be given up where there is a circle
  int weight = 0;        // of those: the lightest are given up first

  bool operator==(const Dependency&) const = default;
};

// In a circle each one's `on` is the next one's `node`, and the smallest node comes first. Of all
// circles that are meant it is a shortest one; of those the one with the smallest nodes.
struct Phases {
  std::vector<std::vector<std::size_t>> phases;  // each in ascending order
  std::vector<Dependency> cycle;  // one circle, edge by edge, when there is any; `phases` then
                                  // holds what does not depend on a circle
};
Phases phases_of(std::size_t nodes, const std::vector<Dependency>& dependencies);

// One after the other: whoever waits comes after; of those that are free, the smallest number
// first. Dependencies that are not declared hold, the heaviest first and of equals in their order,
// as far as they close no circle; the others are `given_up`, each with the circle that it would
// close among those that hold. No fewer would do: each of them would close one.
// Circles of declared ones alone stand first in `circles` and leave `order` short.
struct Order {
  std::vector<std::size_t> order;
  std::vector<std::vector<Dependency>> circles;
  std::vector<Dependency> given_up;
};
Order order_of(std::size_t nodes, const std::vector<Dependency>& dependencies);

}  // namespace gs::analyzers
