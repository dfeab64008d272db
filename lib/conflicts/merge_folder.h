#pragma once
// A folder that stands in for a worktree of the integration branch.

#include <filesystem>

#include "lib/git/objects/scratch.h"
#include "lib/git/repository.h"

namespace gs::streams {

// An empty one but for the commit's .gitattributes files, so that merge drivers are chosen as they
// would be where that commit is checked out. Removed with its content at the end.
class MergeFolder {
 public:
  MergeFolder(const git::Repository& repository, const core::ObjectId& commit);

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  git::ScratchFolder folder_;
};

}  // namespace gs::streams
