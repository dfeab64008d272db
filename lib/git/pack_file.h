#pragma once
// One pack and its index, read in place (gitformat-pack(5)): indexes of version 2, packs of
// versions 2 and 3. Nothing here trusts the bytes; what it does not understand is left to libgit2.

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
  // NAME.idx and the NAME.pack beside it.
  static std::optional<PackFile> open(const std::filesystem::path& index);
  // For tests: the bytes of both, which must outlive it.
  static std::optional<PackFile> over(std::string_view index, std::string_view pack);

  std::optional<std::uint64_t> offset_of(const core::ObjectId& id) const;

  struct Entry {
    enum class Kind : std::uint8_t { blob, other, delta };
    Kind kind = Kind::other;
    std::uint64_t size = 0;  // of the object, or of the delta
    std::uint64_t data = 0;  // where its compressed bytes begin
    std::uint64_t base = 0;  // of a delta: the offset of what it changes
  };
  // Nothing for damage, and for deltas against objects that are not in this pack.
  std::optional<Entry> entry(std::uint64_t offset) const;

  std::string_view compressed(const Entry& entry) const { return pack_.substr(entry.data); }

 private:
  PackFile() = default;
  bool understood();
  std::uint64_t offset_at(std::uint32_t position) const;  // 0: none

  std::optional<platform::Mapping> index_file_, pack_file_;
  std::string_view index_, pack_;
  std::uint32_t count_ = 0;
};

// Inflates one object after another.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Exactly `size` bytes, or false.
  bool inflate(std::string_view compressed, std::uint64_t size, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

// What a delta makes of its base; false when it is none, or not one for this base.
bool apply_delta(std::string_view base, std::string_view delta, std::string& out);

}  // namespace gs::git
