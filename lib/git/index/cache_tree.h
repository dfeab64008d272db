#pragma once
// The index's TREE extension (gitformat-index(5), "Cache tree"): folders that are known to equal a
// tree object.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/core/change.h"

namespace gs::git {

// Folders are numbered in preorder, the root is 0. The bytes must outlive it.
class CacheTree {
 public:
  CacheTree() = default;
  // As in git, a damaged one is as good as none.
  explicit CacheTree(std::string_view extension);
  // The whole index's tree, without a look at what lies below; nothing when it is not valid.
  static std::optional<core::ObjectId> root_of(std::string_view extension);

  bool empty() const { return nodes_.empty(); }
  std::string_view name(std::size_t node) const;
  bool valid(std::size_t node) const { return nodes_[node].id_at != 0; }
  core::ObjectId id(std::size_t node) const;  // only of a valid one
  std::uint32_t entries(std::size_t node) const {
    return nodes_[node].entries;
  }                                                                     // below it, if valid
  std::size_t end(std::size_t node) const { return nodes_[node].end; }  // after its last descendant

 private:
  // Small, because a large repository has ten thousands: parsing is mostly writing them.
  struct Node {
    std::uint32_t name_at, name_size, id_at, entries, end;
  };
  bool parse();
  bool take_node(std::size_t& at, std::uint32_t& children);

  std::string_view bytes_;
  std::vector<Node> nodes_;
};

// The folders directly below one, found by name.
class CacheTreeChildren {
 public:
  CacheTreeChildren(const CacheTree& tree, std::optional<std::size_t> parent);
  std::optional<std::size_t> find(std::string_view name) const;

 private:
  struct Child {
    std::string_view name;
    std::size_t node;
  };
  std::vector<Child> children_;  // by name
};

}  // namespace gs::git
