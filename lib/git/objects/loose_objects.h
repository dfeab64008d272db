#pragma once
// Objects as they are stored, and those in a file each: "TYPE SIZE\0CONTENT" as a zlib stream
// (gitformat-loose, RFC 1950), inflated as a whole with libdeflate.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/change.h"

struct libdeflate_decompressor;

namespace gs::git {

// An object as it is stored: what kind it is, and its bytes.
struct RawObject {
  enum class Type : std::uint8_t { blob, tree, commit, tag } type = Type::blob;
  std::string content;
};

std::string_view name_of(RawObject::Type type);  // "blob", "tree", "commit", "tag"
std::optional<RawObject::Type> type_named(std::string_view name);

// Inflates one object after another. Not for several threads at once.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Exactly `size` bytes, or false. Something may follow the stream. Takes no more memory than a
  // few times what comes out.
  bool inflate(std::string_view compressed, std::uint64_t size, std::string& out);
  // As many as there are, if no more than `largest`; else false.
  bool inflate_all(std::string_view compressed, std::uint64_t largest, std::string& out);
  std::uint64_t used() const { return used_; }  // how many compressed bytes the last one had

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
  };
  bool grow(std::string_view compressed, std::uint64_t first, std::uint64_t most, std::string& out);

  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  std::uint64_t used_ = 0;
};

// The CRC of RFC 1952, which pack indexes have of each entry.
std::uint32_t crc32(std::string_view bytes);

// Nothing for what is damaged, or too large to be read at once.
std::optional<RawObject> parse_loose(std::string_view file, Inflater& inflater);

// The object from a folder of objects; nothing when it does not stand there, or cannot be read: it
// may stand elsewhere, and who looks there says what is wrong. What the content hashes to is not
// checked.
std::optional<RawObject> read_loose(const std::filesystem::path& objects, const core::ObjectId& id,
                                    Inflater& inflater);

// Whether something stands where that object would.
bool has_loose(const std::filesystem::path& objects, const core::ObjectId& id);

// Adds an object in a file of its own; returns its id. Throws core::Error (broken).
core::ObjectId write_loose(const std::filesystem::path& objects, RawObject::Type type,
                           std::string_view content, core::ObjectFormat format);

}  // namespace gs::git
