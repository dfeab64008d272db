#pragma once
// Folders and objects that are needed for a moment: merges that may never be made, work that nobody
// committed.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

// Below the common git directory; empty at first, gone with this. What a killed process has left
// there, the next one takes away after a day. Throws core::Error (broken) where none can be made.
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

// Objects in memory, and in a scratch folder when git is to see them: the repository's can be read
// through it, and they through the repository. Gone at the end: then the repository must not be
// asked for what was made here.
class ScratchObjects {
 public:
  explicit ScratchObjects(const Repository& repository);
  ~ScratchObjects();
  ScratchObjects(const ScratchObjects&) = delete;
  ScratchObjects& operator=(const ScratchObjects&) = delete;

  // The environment in which git sees what was made until now, writes here, and leaves the
  // repository's objects alone.
  std::vector<std::string> variables() const;
  const std::filesystem::path& folder() const;  // for temporary files beside them
  core::ObjectFormat format() const;            // as the repository has it

  // A file's content; a tree with changes laid over it; the commit of a tree, by nobody, at the
  // time of its last parent.
  core::ObjectId blob(const std::string& content);
  core::ObjectId tree(const core::ObjectId& base, const core::ChangeSet& changes);
  core::ObjectId commit(const core::ObjectId& tree, const std::vector<core::ObjectId>& parents);
  core::ObjectId tree_of(const core::ObjectId& commit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gs::git
