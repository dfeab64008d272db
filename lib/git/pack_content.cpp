// The content of packed objects: zlib streams, and deltas against other objects.

#include <algorithm>
#include <limits>
#include <zlib.h>

#include "lib/git/pack_file.h"

namespace gs::git {

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;  // larger ones are libgit2's

}  // namespace

struct Inflater::Stream {
  z_stream zlib{};
  bool ready = false;
};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {
  stream_->ready = inflateInit(&stream_->zlib) == Z_OK;
}

Inflater::~Inflater() {
  if (stream_->ready) inflateEnd(&stream_->zlib);
}

std::uint64_t Inflater::used() const {
  return stream_->zlib.total_in;
}

bool Inflater::inflate(std::string_view compressed, std::uint64_t size, std::string& out) {
  constexpr std::size_t kFirst = std::size_t{1} << 20U;  // more must be there to be believed
  z_stream& zlib = stream_->zlib;
  if (!stream_->ready || size > kLargest || inflateReset(&zlib) != Z_OK) return false;
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  // zlib never writes to its input.
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));  // NOLINT
  zlib.avail_in = static_cast<uInt>(std::min(compressed.size(), kMost));
  int status = Z_BUF_ERROR;
  for (std::size_t room = kFirst; status == Z_BUF_ERROR; room *= 2) {
    out.resize(std::min<std::size_t>(room, size));
    std::uint8_t nothing = 0;  // zlib wants a place even for an empty object
    zlib.next_out =
        out.empty() ? &nothing : reinterpret_cast<Bytef*>(&out[zlib.total_out]);  // NOLINT
    zlib.avail_out = static_cast<uInt>(out.empty() ? 1 : out.size() - zlib.total_out);
    status = ::inflate(&zlib, Z_FINISH);
    if (zlib.avail_out > 0 || out.size() == size) break;
  }
  return status == Z_STREAM_END && zlib.total_out == size;
}

std::uint32_t PackFile::checksum(std::uint64_t offset, const Entry& entry,
                                 std::uint64_t bytes) const {
  const std::string_view packed = objects().substr(offset, entry.data - offset + bytes);
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(packed.data()), packed.size()));  // NOLINT
}

namespace {

class DeltaReader {
 public:
  explicit DeltaReader(std::string_view delta) : rest_(delta) {}

  bool done() const { return rest_.empty(); }
  bool failed() const { return failed_; }

  std::uint8_t byte() {
    if (rest_.empty()) {
      failed_ = true;
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7fU) << shift;
      if ((next & 0x80U) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  // The bytes of a number that are not zero stand in the delta; the bits say which.
  std::uint64_t sparse(unsigned bits, unsigned count) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) {
      if ((bits >> i & 1U) != 0) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    }
    return value;
  }
  std::string_view text(std::size_t size) {
    if (size > rest_.size()) failed_ = true;
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// Calls `each` with the pieces; false for what is no such delta.
template <class Each>
bool read_delta(std::string_view base, DeltaReader& reader, Each each) {
  constexpr std::uint64_t kWholeCopy = 0x10000;
  while (!reader.done()) {
    const unsigned code = reader.byte();
    if (code == 0) return false;  // reserved
    std::string_view piece;
    if ((code & 0x80U) != 0) {
      const std::uint64_t from = reader.sparse(code, 4);
      const std::uint64_t given = reader.sparse(code >> 4U, 3);
      const std::uint64_t length = given == 0 ? kWholeCopy : given;
      if (from > base.size() || length > base.size() - from) return false;
      piece = base.substr(from, length);
    } else {
      piece = reader.text(code);
    }
    if (reader.failed()) return false;
    each(piece);
  }
  return true;
}

}  // namespace

bool apply_delta(std::string_view base, std::string_view delta, std::string& out) {
  DeltaReader reader(delta);
  const std::uint64_t base_size = reader.number(), size = reader.number();
  if (reader.failed() || base_size != base.size() || size > kLargest) return false;
  // Counted before any of it is made: a few bytes can ask for much.
  std::uint64_t total = 0;
  DeltaReader counting = reader;
  if (!read_delta(base, counting, [&](std::string_view piece) { total += piece.size(); }) ||
      total != size)
    return false;
  out.clear();
  out.reserve(size);
  return read_delta(base, reader, [&](std::string_view piece) { out.append(piece); });
}

}  // namespace gs::git
