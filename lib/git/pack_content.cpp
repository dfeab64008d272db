// The content of packed objects: zlib streams, and deltas against other objects.

#include <zlib.h>

#include "lib/git/pack_file.h"

namespace gs::git {

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

bool Inflater::inflate(std::string_view compressed, std::uint64_t size, std::string& out) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;  // larger ones are libgit2's
  z_stream& zlib = stream_->zlib;
  if (!stream_->ready || size > kLargest || inflateReset(&zlib) != Z_OK) return false;
  // A stream is no longer than zlib's worst case for its content.
  const std::uint64_t longest = size + size / 1000 + 1024;
  const std::string_view input =
      compressed.substr(0, std::min<std::uint64_t>(longest, compressed.size()));
  out.resize(size);
  // zlib never writes to its input.
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // NOLINT
  zlib.avail_in = static_cast<uInt>(input.size());
  std::uint8_t nothing = 0;
  zlib.next_out = size == 0 ? &nothing : reinterpret_cast<Bytef*>(out.data());  // NOLINT
  zlib.avail_out = static_cast<uInt>(size == 0 ? 1 : size);
  const int status = ::inflate(&zlib, Z_FINISH);
  return status == Z_STREAM_END && zlib.total_out == size;
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

}  // namespace

bool apply_delta(std::string_view base, std::string_view delta, std::string& out) {
  constexpr std::uint64_t kWholeCopy = 0x10000;
  DeltaReader reader(delta);
  const std::uint64_t base_size = reader.number(), size = reader.number();
  out.clear();
  if (reader.failed() || base_size != base.size() || size > std::uint64_t{1} << 30U) return false;
  out.reserve(size);
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
    if (reader.failed() || piece.size() > size - out.size()) return false;
    out.append(piece);
  }
  return out.size() == size;
}

}  // namespace gs::git
