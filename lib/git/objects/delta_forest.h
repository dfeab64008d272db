#pragma once
// The packed objects that are wanted, and those that they are deltas against, as trees: an object's
// children are deltas against it.

#include <optional>
#include <unordered_map>
#include <vector>

#include "lib/git/objects/packs.h"

namespace gs::git {

class DeltaForest {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  struct Node {
    const PackFile* pack = nullptr;
    std::uint64_t offset = 0;
    PackFile::Entry entry;
    std::size_t parent = kNone, first_child = kNone, next_sibling = kNone;
    std::size_t size = 1;                   // objects in its tree
    std::optional<std::uint32_t> checksum;  // of wanted ones
    std::vector<std::size_t> wanted;        // numbers of ids
  };

  // Harmful: its deltas go in a circle, which libgit2 follows for ever, or lead out of the pack,
  // where it crashes.
  enum class Added { yes, not_understood, harmful };
  Added add(const PackFile& pack, const PackFile::Place& place, std::size_t wanted);

  // Links the trees and returns their roots by place in their packs; nothing is added after it.
  // Of siblings the largest tree comes last, so that few parents wait for a child at any time.
  std::vector<std::size_t> settle();
  const Node& operator[](std::size_t index) const { return nodes_[index]; }

 private:
  using Known = std::unordered_map<std::uint64_t, std::size_t>;
  std::size_t node(const PackFile& pack, std::uint64_t offset);

  std::vector<Node> nodes_;  // parents before children
  std::unordered_map<const PackFile*, Known> known_;
};

}  // namespace gs::git
