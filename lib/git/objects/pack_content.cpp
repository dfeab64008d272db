// The content of packed objects: checksums, and deltas against other objects.

#include "lib/git/objects/inflater.h"
#include "lib/git/objects/packs.h"

namespace gs::git {

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;  // larger ones are libgit2's

}  // namespace

std::uint32_t PackFile::checksum(std::uint64_t offset, const Entry& entry,
                                 std::uint64_t bytes) const {
  const std::string_view packed = objects().substr(offset, entry.data - offset + bytes);
  return crc32(packed);
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
