#pragma once
// Blobs for another thread than the repository's own.

#include <string>

#include "lib/core/change.h"

namespace gs::git {

class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual std::string blob(const core::ObjectId& id) = 0;  // as Repository::blob

 protected:
  BlobReader() = default;
  BlobReader(const BlobReader&) = default;
  BlobReader& operator=(const BlobReader&) = default;
  BlobReader(BlobReader&&) = default;
  BlobReader& operator=(BlobReader&&) = default;
};

}  // namespace gs::git
