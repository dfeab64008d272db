#pragma once
// Objects that are needed for a moment: merges that may never be made, work that nobody committed.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

// A folder of its own below the system's temporary one; the repository's objects can be read
// through it, and it through the repository. Removed at the end: then the repository must not be
// asked for what was written here.
class ScratchObjects {
 public:
  explicit ScratchObjects(const Repository& repository);
  ~ScratchObjects();
  ScratchObjects(const ScratchObjects&) = delete;
  ScratchObjects& operator=(const ScratchObjects&) = delete;

  // The environment in which git writes here and leaves the repository's objects alone.
  std::vector<std::string> variables() const;
  const std::filesystem::path& folder() const;  // for temporary files beside them

  // A tree with changes laid over it; the commit of a tree, by nobody and at no time.
  core::ObjectId tree(const core::ObjectId& base, const core::ChangeSet& changes);
  core::ObjectId commit(const core::ObjectId& tree, const std::vector<core::ObjectId>& parents);
  core::ObjectId tree_of(const core::ObjectId& commit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gs::git
