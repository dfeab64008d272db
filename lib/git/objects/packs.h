#pragma once
// Packs and their indexes, read in place (gitformat-pack(5)): indexes of version 2, packs of
// versions 2 and 3. No bytes lead astray; what is not understood is left to git. An object's
// content is held to zlib's checksum and, where the caller names it, to the index's CRC of the
// packed bytes, which finds a wrong offset; not to its id: hashing all costs too much.
// bulk_reader.h reads many objects at once, with the same PackFile and Packs.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/platform/file.h"

namespace gs::git {

class PackFile {
 public:
  // NAME.idx and the NAME.pack beside it; nothing when they do not belong together. The format is
  // the repository's, which neither says.
  static std::optional<PackFile> open(const std::filesystem::path& index,
                                      core::ObjectFormat format);
  // For tests: the bytes of both, which must outlive it.
  static std::optional<PackFile> over(std::string_view index, std::string_view pack,
                                      core::ObjectFormat format);

  struct Place {
    std::uint64_t offset = 0;
    std::uint32_t checksum = 0;  // CRC-32 of the entry, as the index has it
  };
  std::optional<Place> find(const core::ObjectId& id) const;

  struct Entry {
    enum class Kind : std::uint8_t { blob, tree, commit, tag, delta };
    Kind kind = Kind::blob;
    std::uint64_t size = 0;  // of the object, or of the delta
    std::uint64_t data = 0;  // where its compressed bytes begin
    std::uint64_t base = 0;  // of a delta: the offset of what it changes, which may be itself
  };
  bool holds(std::uint64_t offset) const;  // an entry could begin there
  // Nothing for damage, and for deltas against objects that are not in this pack.
  std::optional<Entry> entry(std::uint64_t offset) const;

  // What the entry at an offset holds, inflated: an object's content, or a delta. False, and `out`
  // of no use, for damage, and where the entry's bytes have another CRC-32 than the one expected.
  bool unpack(std::uint64_t offset, const Entry& entry, std::optional<std::uint32_t> expected,
              Inflater& inflater, std::string& out) const;

 private:
  explicit PackFile(core::ObjectFormat format)
      : format_(format), id_size_(core::raw_size(format)) {}
  bool understood();
  std::string_view objects() const;  // the pack without its trailer
  std::optional<Place> place(std::uint32_t position) const;

  std::optional<platform::Mapping> index_file_, pack_file_;
  std::string_view index_, pack_;
  core::ObjectFormat format_;
  std::size_t id_size_;
  std::uint32_t count_ = 0;
};

// What a delta makes of its base; false, and `out` of no use, when it is none, or not for this
// base.
bool apply_delta(std::string_view base, std::string_view delta, std::string& out);

// The packs of some folders' OBJECTS/pack, each opened when an object is first looked for in it. A
// multi-pack index says nothing that the packs' own do not, which git keeps. For one thread.
class Packs {
 public:
  Packs(std::vector<std::filesystem::path> folders, core::ObjectFormat format);
  explicit Packs(std::vector<PackFile> packs);  // for tests

  // Takes those in that have come since; whether there are such.
  bool look_again();

  std::size_t size() const { return packs_.size(); }  // opened or not
  const PackFile& operator[](std::size_t number) const { return *packs_[number].file; }  // a found
  // Whether one of those that were opened is not understood.
  bool any_not_understood() const;
  // Calls `take` with the number of each pack that has the object, and its place there, until it
  // returns true; false when it never did. What is asked together was often packed together: the
  // search begins where it ended last.
  template <class Take>
  bool find(const core::ObjectId& id, Take take) {
    for (std::size_t i = 0; i < packs_.size(); ++i) {
      const std::size_t number = (last_ + i) % packs_.size();
      const PackFile* const pack = opened(packs_[number]);
      const auto place = pack != nullptr ? pack->find(id) : std::nullopt;
      if (!place || !take(number, *place)) continue;
      last_ = number;
      return true;
    }
    return false;
  }

 private:
  struct Pack {
    std::filesystem::path index;
    bool tried = false;
    std::optional<PackFile> file;  // none though tried: not understood
  };
  const PackFile* opened(Pack& pack) const;

  std::vector<std::filesystem::path> folders_;
  core::ObjectFormat format_ = core::ObjectFormat::sha1;
  std::vector<Pack> packs_;
  std::size_t last_ = 0;
};

// One object after the other. For one thread.
class PackedObjects {
 public:
  explicit PackedObjects(Packs packs) : packs_(std::move(packs)), bases_(packs_.size()) {}

  // Nothing for what is in none of the packs, or not in a way that is understood: damage is for
  // others to tell. The packed bytes are held to the index's CRC, not the content to its id.
  std::optional<RawObject> read(const core::ObjectId& id, Inflater& inflater);
  std::optional<RawObject::Type> type(const core::ObjectId& id);  // the same, without its content
  // Whether one of them has the object, or could have it, for all that is understood of it.
  bool may_have(const core::ObjectId& id);
  bool look_again();  // as Packs has it

 private:
  // What deltas change, by their offsets: the next object is likely to be made of the same.
  using Bases = std::unordered_map<std::uint64_t, RawObject>;

  std::optional<RawObject> unpack(const PackFile& pack, Bases& bases, const PackFile::Place& place,
                                  Inflater& inflater);
  void keep(Bases& bases, std::uint64_t offset, const RawObject& object);

  Packs packs_;
  std::vector<Bases> bases_;  // a pack each
  std::size_t kept_ = 0;      // bytes in all bases
};

}  // namespace gs::git
