#pragma once
// The import facts of some blobs: from the cache where they are known, read otherwise.

#include <memory>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::facts {

class BlobFacts {
 public:
  // Reads on as many threads as there are cores, and keeps what was read in the cache. Blobs that
  // are not here (a partial clone) throw core::Error.
  BlobFacts(const git::Repository& repository, std::vector<core::ObjectId> blobs);
  ~BlobFacts();
  BlobFacts(const BlobFacts&) = delete;
  BlobFacts& operator=(const BlobFacts&) = delete;

  // For core::ImportReader; lives as long as this. Of one of the given blobs.
  std::string_view of(const core::ObjectId& blob) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gs::facts
