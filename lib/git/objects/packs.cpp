#include "lib/git/objects/packs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/objects/object_id.h"

namespace gs::git {

namespace {

constexpr std::size_t kPackIndexHeader = 8, kFanout = 256 * 4, kTrailer = 2 * kIdSize;
constexpr std::uint64_t kPackHeader = 12;
constexpr std::uint32_t kLargeOffset = 0x80000000U;

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Takes bytes off the front of a text; 0 beyond its end, which `ended` tells.
class Bytes {
 public:
  explicit Bytes(std::string_view text) : text_(text) {}
  std::uint8_t next() {
    if (at_ >= text_.size()) {
      ended_ = true;
      return 0;
    }
    return static_cast<std::uint8_t>(text_[at_++]);
  }
  bool ended() const { return ended_; }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

// Seven bits a byte, the low ones first, after `value`, which has `shift` bits already.
std::uint64_t rest_of_number(Bytes& bytes, std::uint8_t last, std::uint64_t value, unsigned shift) {
  while ((last & 0x80U) != 0 && shift < 57) {
    last = bytes.next();
    value |= static_cast<std::uint64_t>(last & 0x7fU) << shift;
    shift += 7;
  }
  return (last & 0x80U) != 0 ? std::numeric_limits<std::uint64_t>::max() : value;
}

// How far before a delta its base is.
std::uint64_t distance(Bytes& bytes) {
  std::uint8_t last = bytes.next();
  std::uint64_t value = last & 0x7fU;
  while ((last & 0x80U) != 0 && value < std::uint64_t{1} << 50U) {
    last = bytes.next();
    value = ((value + 1) << 7U) | (last & 0x7fU);
  }
  return value;
}

}  // namespace

std::optional<PackFile> PackFile::open(const std::filesystem::path& index) {
  std::filesystem::path pack = index;
  try {
    auto index_file = map_file(index), pack_file = map_file(pack.replace_extension(".pack"));
    if (!index_file || !pack_file) return std::nullopt;
    PackFile file;
    file.index_ = file.index_file_.emplace(std::move(*index_file)).bytes();
    file.pack_ = file.pack_file_.emplace(std::move(*pack_file)).bytes();
    return file.understood() ? std::optional(std::move(file)) : std::nullopt;
  } catch (const core::Error&) {
    return std::nullopt;  // not readable; its objects may stand elsewhere too
  }
}

std::optional<PackFile> PackFile::over(std::string_view index, std::string_view pack) {
  PackFile file;
  file.index_ = index;
  file.pack_ = pack;
  return file.understood() ? std::optional(std::move(file)) : std::nullopt;
}

bool PackFile::understood() {
  constexpr std::string_view kMagic("\377tOc\0\0\0\2", kPackIndexHeader);
  if (index_.size() < kPackIndexHeader + kFanout + kTrailer || !index_.starts_with(kMagic))
    return false;
  if (pack_.size() < kPackHeader + kIdSize || !pack_.starts_with("PACK")) return false;
  if (const std::uint32_t version = word_at(pack_, 4); version != 2 && version != 3) return false;
  count_ = word_at(index_, kPackIndexHeader + kFanout - 4);
  if ((index_.size() - kPackIndexHeader - kFanout - kTrailer) / (kIdSize + 8) < count_)
    return false;
  // Both name the pack's hash: a pack that was cut short, or is another's, has a different one.
  const std::string_view hash = pack_.substr(pack_.size() - kIdSize);
  return word_at(pack_, 8) == count_ && index_.substr(index_.size() - kTrailer, kIdSize) == hash;
}

std::string_view PackFile::objects() const {
  return pack_.substr(0, pack_.size() - kIdSize);
}

std::optional<PackFile::Place> PackFile::find(const core::ObjectId& id) const {
  const std::size_t first_byte = id.bytes[0];
  std::uint32_t low =
      first_byte == 0 ? 0 : word_at(index_, kPackIndexHeader + (first_byte - 1) * 4);
  std::uint32_t high = std::min(word_at(index_, kPackIndexHeader + first_byte * 4), count_);
  const char* const ids = index_.data() + kPackIndexHeader + kFanout;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = std::memcmp(ids + std::size_t{middle} * kIdSize, id.bytes.data(), kIdSize);
    if (order == 0) return place(middle);
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::optional<PackFile::Place> PackFile::place(std::uint32_t position) const {
  const std::size_t checksums = kPackIndexHeader + kFanout + std::size_t{count_} * kIdSize;
  const std::size_t offsets = checksums + std::size_t{count_} * 4;
  Place place{word_at(index_, offsets + std::size_t{position} * 4),
              word_at(index_, checksums + std::size_t{position} * 4)};
  if ((place.offset & kLargeOffset) == 0) return place;
  const std::size_t large = offsets + std::size_t{count_} * 4 + (place.offset & ~kLargeOffset) * 8;
  if (large + 8 > index_.size() - kTrailer) return std::nullopt;
  place.offset = std::uint64_t{word_at(index_, large)} << 32U | word_at(index_, large + 4);
  return place;
}

bool PackFile::holds(std::uint64_t offset) const {
  return offset >= kPackHeader && offset < objects().size();
}

std::optional<PackFile::Entry> PackFile::entry(std::uint64_t offset) const {
  enum Type { by_offset = 6, by_id = 7 };
  constexpr std::array<Entry::Kind, 4> kKinds{Entry::Kind::commit, Entry::Kind::tree,
                                              Entry::Kind::blob, Entry::Kind::tag};
  if (!holds(offset)) return std::nullopt;
  Bytes bytes(objects().substr(offset));
  const std::uint8_t first = bytes.next();
  const unsigned type = first >> 4U & 7U;
  Entry entry;
  entry.size = rest_of_number(bytes, first, first & 0x0fU, 4);
  if (type >= 1 && type <= kKinds.size()) {
    entry.kind = kKinds[type - 1];
  } else if (type == by_offset) {
    const std::uint64_t back = distance(bytes);
    if (back == 0 || back >= offset) return std::nullopt;
    entry.kind = Entry::Kind::delta;
    entry.base = offset - back;
  } else if (type == by_id) {
    core::ObjectId id;
    for (std::uint8_t& byte : id.bytes) byte = bytes.next();
    const auto base = find(id);
    if (!base) return std::nullopt;
    entry.kind = Entry::Kind::delta;
    entry.base = base->offset;
  } else {
    return std::nullopt;
  }
  entry.data = offset + bytes.at();
  if (bytes.ended()) return std::nullopt;
  return entry;
}

}  // namespace gs::git
