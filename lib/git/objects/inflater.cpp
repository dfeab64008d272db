#include "lib/git/objects/inflater.h"

#include <algorithm>
#include <libdeflate.h>

namespace gs::git {

namespace {

constexpr std::uint64_t kLargestInflated = std::uint64_t{1} << 30U;  // larger ones are libgit2's

}  // namespace

void Inflater::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

Inflater::Inflater() : decompressor_(libdeflate_alloc_decompressor()) {}

Inflater::~Inflater() = default;

// All of a stream is inflated at once: with too little room, again from its start with more.
bool Inflater::grow(std::string_view compressed, std::uint64_t first, std::uint64_t most,
                    std::string& out) {
  constexpr std::uint64_t kMore = 4;
  used_ = 0;
  if (!decompressor_) return false;
  for (std::uint64_t room = std::min(first, most);; room = std::min(room * kMore, most)) {
    out.resize(room);
    std::size_t read = 0, written = 0;
    const libdeflate_result result =
        libdeflate_zlib_decompress_ex(decompressor_.get(), compressed.data(), compressed.size(),
                                      out.data(), out.size(), &read, &written);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE && room < most) continue;
    if (result != LIBDEFLATE_SUCCESS) return false;
    out.resize(written);
    used_ = read;
    return true;
  }
}

bool Inflater::inflate(std::string_view compressed, std::uint64_t size, std::string& out) {
  constexpr std::uint64_t kFirst = std::uint64_t{1} << 20U;  // more must be there to be believed
  return size <= kLargestInflated && grow(compressed, kFirst, size, out) && out.size() == size;
}

bool Inflater::inflate_all(std::string_view compressed, std::uint64_t largest, std::string& out) {
  constexpr std::uint64_t kLikely = 6, kLeast = 512;  // source text becomes a quarter
  return grow(compressed, compressed.size() * kLikely + kLeast, std::min(largest, kLargestInflated),
              out);
}

std::uint32_t crc32(std::string_view bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace gs::git
