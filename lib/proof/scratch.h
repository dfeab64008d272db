#pragma once
// A folder for one proof, that goes with it.

#include <filesystem>

#include "lib/git/repository.h"
#include "lib/platform/descriptor.h"

namespace gs::proof {

// Below $XDG_CACHE_HOME/git-stream where that is set, else below the common git directory's
// stream/. Removed at the end; what a killed process left there is removed by the next one.
class Scratch {
 public:
  // Throws core::Error (broken) when it cannot be made.
  explicit Scratch(const git::Layout& layout);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  platform::Descriptor held_;  // locked as long as it is in use
};

}  // namespace gs::proof
