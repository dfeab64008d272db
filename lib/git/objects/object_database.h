#pragma once
// The object database, opened when first asked.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/git/libgit2.h"
#include "lib/git/objects/inflater.h"
#include "lib/git/objects/packed_objects.h"
#include "lib/git/repository.h"
#include "lib/git/objects/trees.h"

namespace gs::git {

class Objects : public TreeSource {
 public:
  explicit Objects(std::filesystem::path common_dir);

  // Looks for objects in this folder too. The folder must outlive the objects' use.
  void also_read(std::filesystem::path folder);
  const std::vector<std::filesystem::path>& more() const { return more_; }

  struct Object {
    git_object_t type;
    std::string content;
  };
  // Throws MissingObject, or core::Error (broken) for one that cannot be read.
  Object read(const core::ObjectId& id) const;
  std::string blob(const core::ObjectId& id) const;  // throws when it is something else
  std::optional<git_object_t> type(const core::ObjectId& id) const;  // nothing: not here

  std::string tree(const core::ObjectId& id) override;
  core::ObjectId tree_of(const core::ObjectId& commit) const;
  // The commit that an object is or an annotated tag leads to; nothing for anything else.
  std::optional<core::ObjectId> peel_to_commit(core::ObjectId id) const;

  // libgit2 1.5 leaks when a commit turns out to be missing, and does not say which: ask this
  // first. Throws MissingObject for anything but a commit.
  void require_commit(const core::ObjectId& id) const;

  git_odb* handle() const;
  RepositoryHandle wrapped() const;  // for libgit2's questions about the graph of commits

 private:
  const std::filesystem::path& folder() const;
  std::optional<RawObject> read_ourselves(const core::ObjectId& id) const;

  std::filesystem::path common_dir_;
  std::vector<std::filesystem::path> more_;
  mutable std::filesystem::path folder_;  // empty: not asked yet
  mutable Inflater inflater_;
  mutable std::optional<PackedObjects> packed_;  // opened when first asked
  mutable Odb odb_;
};

// With a database of its own: libgit2's may not be shared between threads.
std::unique_ptr<BlobReader> make_blob_reader(const std::filesystem::path& common_dir,
                                             const std::vector<std::filesystem::path>& more = {});

}  // namespace gs::git
