#pragma once
// Objects out of the packs of a folder, one by one; blob_batch.h reads many at once.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lib/git/objects/inflater.h"
#include "lib/git/objects/packs.h"
#include "lib/git/objects/raw_object.h"

namespace gs::git {

// OBJECTS: where a repository's own objects are. A receiving repository's hooks see new ones in a
// quarantine, which GIT_OBJECT_DIRECTORY names.
std::filesystem::path objects_folder(const std::filesystem::path& common_dir);

// The packs of OBJECTS/pack that are understood.
std::vector<PackFile> open_packs(const std::filesystem::path& objects);

// For one thread.
class PackedObjects {
 public:
  // Packs that come later are not seen.
  explicit PackedObjects(const std::filesystem::path& objects);
  explicit PackedObjects(std::vector<PackFile> packs) : packs_(std::move(packs)) {}

  // Nothing for what is in none of the packs, or not in a way that is understood: damage is for
  // others to tell. The packed bytes are held to the index's CRC, not the content to its id.
  std::optional<RawObject> read(const core::ObjectId& id, Inflater& inflater);

 private:
  // What deltas change, by their offsets: the next object is likely to be made of the same.
  using Bases = std::unordered_map<std::uint64_t, RawObject>;

  std::optional<RawObject> unpack(const PackFile& pack, Bases& bases, const PackFile::Place& place,
                                  Inflater& inflater);
  void keep(Bases& bases, std::uint64_t offset, const RawObject& object);

  std::vector<PackFile> packs_;
  std::size_t last_ = 0;  // where one was found, the next is likely to be
  std::vector<Bases> bases_;
  std::size_t kept_ = 0;  // bytes in all bases
};

}  // namespace gs::git
