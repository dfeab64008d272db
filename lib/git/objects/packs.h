#pragma once
// One pack and its index, read in place (gitformat-pack(5)): indexes of version 2, packs of
// versions 2 and 3. No bytes lead astray; what is not understood is left to libgit2. An object's
// content is held to zlib's checksum and, where the caller compares it, to the index's CRC of the
// packed bytes, which finds a wrong offset; not to its id: hashing all costs too much.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/change.h"
#include "lib/platform/mapping.h"

namespace gs::git {

class PackFile {
 public:
  // NAME.idx and the NAME.pack beside it; nothing when they do not belong together.
  static std::optional<PackFile> open(const std::filesystem::path& index);
  // For tests: the bytes of both, which must outlive it.
  static std::optional<PackFile> over(std::string_view index, std::string_view pack);

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

  // Its compressed bytes and all that follows them.
  std::string_view compressed(const Entry& entry) const { return objects().substr(entry.data); }
  // CRC-32 of an entry of so many compressed bytes.
  std::uint32_t checksum(std::uint64_t offset, const Entry& entry, std::uint64_t bytes) const;

 private:
  PackFile() = default;
  bool understood();
  std::string_view objects() const;  // the pack without its trailer
  std::optional<Place> place(std::uint32_t position) const;

  std::optional<platform::Mapping> index_file_, pack_file_;
  std::string_view index_, pack_;
  std::uint32_t count_ = 0;
};

// What a delta makes of its base; false, and `out` of no use, when it is none, or not for this
// base.
bool apply_delta(std::string_view base, std::string_view delta, std::string& out);

}  // namespace gs::git
