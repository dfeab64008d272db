#pragma once
// The object database, opened when first asked.

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/packs.h"
#include "lib/git/objects/trees.h"
#include "lib/git/repository.h"

namespace gs::git {

// Loose ones and those in packs are read here, of all folders that belong to the repository. Only
// what is there and not understood, or seems damaged, is asked of git. For any number of threads,
// one after the other.
class Objects : public TreeSource {
 public:
  Objects(std::filesystem::path common_dir, core::ObjectFormat format);

  core::ObjectFormat format() const { return format_; }

  // Looks for objects in this folder too, until it is told not to: then it may go.
  void also_read(std::filesystem::path folder);
  void read_no_more(const std::filesystem::path& folder);
  // Objects that are in no folder, until they are let go as often as they were given.
  void hold(const core::ObjectId& id, RawObject object);
  void let_go(const core::ObjectId& id);
  // For another thread, which would wait for this one's reads otherwise: of what is here now.
  std::unique_ptr<BlobReader> blob_reader() const;

  // Throws MissingObject, or core::Error (broken) for one that cannot be read.
  RawObject read(const core::ObjectId& id) const;
  std::string blob(const core::ObjectId& id) const;  // throws when it is something else
  std::optional<RawObject::Type> type(const core::ObjectId& id) const;  // nothing: not here

  std::string tree(const core::ObjectId& id) override;
  core::ObjectId tree_of(const core::ObjectId& commit) const;
  // The commit that an object is or an annotated tag leads to; nothing for anything else.
  std::optional<core::ObjectId> peel_to_commit(core::ObjectId id) const;

 private:
  // One of the folders that objects are in, and what was opened of it.
  struct Store {
    std::filesystem::path folder;
    std::optional<PackedObjects> packed;
  };
  // All of these are for who holds the lock. The first store is the repository's own; the others
  // are found out when something is not in it.
  Store& own() const;
  void find_others() const;
  PackedObjects& packed(Store& store) const;
  template <class Loose, class Packed>
  auto find(Loose loose, Packed packed) const -> decltype(loose(own()));
  std::optional<RawObject> ask_git(const core::ObjectId& id) const;

  const std::filesystem::path common_dir_;
  const core::ObjectFormat format_;
  mutable std::mutex mutex_;  // of all below
  std::vector<std::filesystem::path> more_;
  mutable std::vector<Store> stores_;
  mutable bool all_found_ = false;
  struct Held {
    RawObject object;
    std::size_t times = 0;
  };
  std::map<core::ObjectId, Held> held_;
  mutable std::optional<std::size_t> recent_;  // the store whose packs had the last object
  mutable Inflater inflater_;
};

}  // namespace gs::git
