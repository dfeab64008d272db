#pragma once
// The object database, opened when first asked.

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/git/libgit2.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/packs.h"
#include "lib/git/objects/trees.h"
#include "lib/git/repository.h"

namespace gs::git {

// Loose ones and those in packs are read here, what else there is by libgit2. For any number of
// threads, one after the other.
class Objects : public TreeSource {
 public:
  Objects(std::filesystem::path common_dir, core::ObjectFormat format);

  core::ObjectFormat format() const { return format_; }

  // Looks for objects in this folder too, until it is told not to: then it may go.
  void also_read(std::filesystem::path folder);
  void read_no_more(const std::filesystem::path& folder);
  // For another thread, which would wait for this one's reads otherwise.
  std::unique_ptr<BlobReader> blob_reader() const;

  // Throws MissingObject, or core::Error (broken) for one that cannot be read.
  RawObject read(const core::ObjectId& id) const;
  std::string blob(const core::ObjectId& id) const;  // throws when it is something else
  std::optional<RawObject::Type> type(const core::ObjectId& id) const;  // nothing: not here

  std::string tree(const core::ObjectId& id) override;
  core::ObjectId tree_of(const core::ObjectId& commit) const;
  // The commit that an object is or an annotated tag leads to; nothing for anything else.
  std::optional<core::ObjectId> peel_to_commit(core::ObjectId id) const;

  // libgit2 1.5 leaks when a commit turns out to be missing, and does not say which: ask this
  // first. Throws MissingObject for anything but a commit.
  void require_commit(const core::ObjectId& id) const;

  // For libgit2's questions about the graph of commits. Who has it is the only one to read objects.
  class Graph {
   public:
    git_repository* get() const { return repository_.get(); }

   private:
    friend class Objects;
    std::unique_lock<std::recursive_mutex> lock_;
    RepositoryHandle repository_;
  };
  Graph graph() const;

 private:
  // All three are for who holds the lock.
  const std::filesystem::path& folder() const;
  git_odb* handle() const;
  std::optional<RawObject> read_ourselves(const core::ObjectId& id) const;

  const std::filesystem::path common_dir_;
  const core::ObjectFormat format_;
  mutable std::recursive_mutex mutex_;  // of all below; libgit2 does not see to it by itself
  std::vector<std::filesystem::path> more_;
  mutable std::filesystem::path folder_;  // empty: not asked yet
  mutable Inflater inflater_;
  mutable std::optional<PackedObjects> packed_;  // opened when first asked
  mutable Odb odb_;
};

}  // namespace gs::git
