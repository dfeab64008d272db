#pragma once
// zlib streams (RFC 1950), as git keeps objects in: whole ones at once, with libdeflate.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct libdeflate_decompressor;

namespace gs::git {

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

}  // namespace gs::git
