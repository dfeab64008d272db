#pragma once
// Many blobs at once, in the order in which that is cheapest: an object that others are deltas
// against is inflated once for all of them, whereas one by one it is inflated for each.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

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
