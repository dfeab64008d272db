#include "lib/git/objects/loose_objects.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <libdeflate.h>
#include <new>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/git/objects/object_id.h"
#include "lib/platform/file.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kLargestInflated = std::uint64_t{1} << 30U;  // larger ones are git's

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

constexpr std::array<std::string_view, 4> kTypes{"blob", "tree", "commit", "tag"};

std::string file_of(const fs::path& objects, const core::ObjectId& id) {
  constexpr std::size_t kFolder = 2;  // digits
  const std::string name = id.hex();
  std::string path = objects.native();
  return path.append("/").append(name, 0, kFolder).append("/").append(name, kFolder);
}

}  // namespace

std::string_view name_of(RawObject::Type type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::optional<RawObject::Type> type_named(std::string_view name) {
  const auto type = std::ranges::find(kTypes, name);
  if (type == kTypes.end()) return std::nullopt;
  return static_cast<RawObject::Type>(type - kTypes.begin());
}

std::optional<RawObject> parse_loose(std::string_view file, Inflater& inflater) {
  constexpr std::uint64_t kLargest = std::uint64_t{512} << 20U;
  constexpr std::size_t kLongestHeader = 32;
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
  const auto type = type_named(start.substr(0, space));
  if (!type) return std::nullopt;
  object.type = *type;
  text.erase(0, end + 1);
  return object;
}

std::optional<RawObject> read_loose(const fs::path& objects, const core::ObjectId& id,
                                    Inflater& inflater) {
  const auto file = small_file(file_of(objects, id));
  return file ? parse_loose(*file, inflater) : std::nullopt;
}

bool has_loose(const fs::path& objects, const core::ObjectId& id) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(file_of(objects, id), ignored));
}

namespace {

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

std::string deflate(std::string_view text) {
  constexpr int kFastest = 1;
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(kFastest));
  if (!compressor) throw std::bad_alloc();
  std::string out(libdeflate_zlib_compress_bound(compressor.get(), text.size()), '\0');
  out.resize(
      libdeflate_zlib_compress(compressor.get(), text.data(), text.size(), out.data(), out.size()));
  return out;
}

[[noreturn]] void cannot_write(const std::string& path) {
  throw core::Error(core::ExitCode::broken, "cannot write " + path + ": " + std::strerror(errno));
}

void write_file(const std::string& path, std::string_view bytes) {
  const platform::Descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (!file) cannot_write(path);
  while (!bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) cannot_write(path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

core::ObjectId write_loose(const fs::path& objects, RawObject::Type type, std::string_view content,
                           core::ObjectFormat format) {
  const core::ObjectId id = object_id(name_of(type), content, format);
  const std::string path = file_of(objects, id);
  if (access(path.c_str(), F_OK) == 0) return id;
  std::string text(name_of(type));
  text.append(" ").append(std::to_string(content.size())).append(1, '\0').append(content);
  std::error_code failed;
  fs::create_directories(fs::path(path).parent_path(), failed);
  const std::string fresh = path + ".new";
  write_file(fresh, deflate(text));
  if (rename(fresh.c_str(), path.c_str()) != 0) cannot_write(path);
  return id;
}

}  // namespace gs::git
