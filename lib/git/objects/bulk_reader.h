#pragma once
// Many blobs at once, in the order in which that is cheapest: an object that others are deltas
// against is inflated once for all of them, whereas one by one it is inflated for each.

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/git/objects/packs.h"
#include "lib/git/repository.h"

namespace gs::git {

// The packed objects that are wanted, and those that they are deltas against, as trees: an object's
// children are deltas against it.
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

  // Harmful: its deltas go in a circle, or lead out of the pack.
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

class BlobBatch {
 public:
  // Throws core::Error (broken) for what is damaged in a way that `reader` would not survive.
  BlobBatch(const Repository& repository, const std::vector<core::ObjectId>& ids);
  ~BlobBatch();
  BlobBatch(const BlobBatch&) = delete;
  BlobBatch& operator=(const BlobBatch&) = delete;

  // Parts that can be read side by side, each by one thread.
  std::size_t parts() const;
  // Calls `each` with the number of an id and its blob's content, once for every id of the part.
  // What is in no pack that is understood is read by `reader`; what seems damaged too, and then it
  // is held to its id. Throws as `reader` does, and core::Error (broken) for damage.
  using Each = std::function<void(std::size_t number, std::string_view content)>;
  void read(std::size_t part, BlobReader& reader, const Each& each) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gs::git
