#include "lib/git/objects/loose_objects.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <libdeflate.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/platform/file.h"

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

namespace {

// A regular file, no link, of a size that is worth reading at once; nothing otherwise.
std::optional<std::string> small_file(const std::string& path) {
  constexpr off_t kLargest = off_t{16} << 20;
  const platform::Descriptor file(
      open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kLargest)
    return std::nullopt;
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

}  // namespace

std::optional<RawObject> parse_loose(std::string_view file, Inflater& inflater) {
  constexpr std::uint64_t kLargest = std::uint64_t{512} << 20U;
  constexpr std::size_t kLongestHeader = 32;
  constexpr std::array<std::string_view, 4> kTypes{"blob", "tree", "commit", "tag"};
  RawObject object;
  std::string& text = object.content;
  if (!inflater.inflate_all(file, kLargest, text)) return std::nullopt;
  const std::string_view start = std::string_view(text).substr(0, kLongestHeader);
  const std::size_t space = start.find(' '), end = start.find('\0');
  if (space == start.npos || end == start.npos || space > end) return std::nullopt;
  const std::string_view digits = start.substr(space + 1, end - space - 1);
  std::uint64_t size = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  if (size != text.size() - end - 1) return std::nullopt;
  const auto type = std::find(kTypes.begin(), kTypes.end(), start.substr(0, space));
  if (type == kTypes.end()) return std::nullopt;
  object.type = static_cast<RawObject::Type>(type - kTypes.begin());
  text.erase(0, end + 1);
  return object;
}

std::optional<RawObject> read_loose(const std::filesystem::path& objects, const core::ObjectId& id,
                                    Inflater& inflater) {
  constexpr std::size_t kFolder = 2;  // digits
  const std::string name = id.hex();
  std::string path = objects.native();
  path.append("/").append(name, 0, kFolder).append("/").append(name, kFolder);
  const auto file = small_file(path);
  return file ? parse_loose(*file, inflater) : std::nullopt;
}

}  // namespace gs::git
