#pragma once
// The circles of a directed graph: its strongly connected components.

#include <cstdint>
#include <vector>

namespace gs::analyzers {

// The component of each node, from 0, numbered such that it comes after all others that it leads
// to.
struct Components {
  std::vector<std::uint32_t> of;
  std::uint32_t count = 0;
};

// By Tarjan's algorithm, in linear time and without recursion: a chain may be long. `targets`:
// where the edges of each node lead.
Components components_of(const std::vector<std::vector<std::uint32_t>>& targets);

}  // namespace gs::analyzers
