#pragma once
// A folder for a moment, below the common git directory.

#include <filesystem>

#include "lib/git/repository.h"

namespace gs::git {

// Empty at first, gone with this. What a killed process has left there, the next one takes away
// after a day. Throws core::Error (broken) where none can be made.
class ScratchFolder {
 public:
  explicit ScratchFolder(const Layout& layout);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gs::git
