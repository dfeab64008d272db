// Loose objects that no git wrote: as they come, and as an object's text that is compressed first,
// read once more as plainly as can be.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <libdeflate.h>
#include <string>

#include "lib/git/objects/loose_objects.h"

namespace {

using gs::git::RawObject;

void require(bool holds) {
  if (!holds) abort();
}

std::string deflated(const std::string& text) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(1);
  std::string out(libdeflate_zlib_compress_bound(compressor, text.size()), '\0');
  out.resize(
      libdeflate_zlib_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

bool is_one(const std::string& text) {
  const std::size_t end = text.find('\0'), space = text.find(' ');
  if (end == text.npos || space == text.npos || space > end) return false;
  const std::string type = text.substr(0, space), size = text.substr(space + 1, end - space - 1);
  if (type != "blob" && type != "tree" && type != "commit" && type != "tag") return false;
  if (size.empty() || size.find_first_not_of("0123456789") != size.npos) return false;
  const std::size_t first = std::min(size.find_first_not_of('0'), size.size() - 1);
  return size.substr(first) == std::to_string(text.size() - end - 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  gs::git::Inflater inflater;
  if (const auto object = gs::git::parse_loose(text, inflater))
    require(inflater.used() <= text.size());
  const auto object = gs::git::parse_loose(deflated(text), inflater);
  constexpr std::size_t kLongestHeader = 32;
  if (text.find('\0') < kLongestHeader || text.find('\0') == text.npos)
    require(object.has_value() == is_one(text));
  if (object) require(object->content == text.substr(text.find('\0') + 1));
  return 0;
}
