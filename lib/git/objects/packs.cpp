#include "lib/git/objects/packs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/objects/loose_objects.h"

namespace gs::git {

namespace {

constexpr std::size_t kPackIndexHeader = 8, kFanout = 256 * 4;
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

std::optional<PackFile> PackFile::open(const std::filesystem::path& index,
                                       core::ObjectFormat format) {
  std::filesystem::path pack = index;
  try {
    auto index_file = map_file(index), pack_file = map_file(pack.replace_extension(".pack"));
    if (!index_file || !pack_file) return std::nullopt;
    PackFile file(format);
    file.index_ = file.index_file_.emplace(std::move(*index_file)).bytes();
    file.pack_ = file.pack_file_.emplace(std::move(*pack_file)).bytes();
    return file.understood() ? std::optional(std::move(file)) : std::nullopt;
  } catch (const core::Error&) {
    return std::nullopt;  // not readable; its objects may stand elsewhere too
  }
}

std::optional<PackFile> PackFile::over(std::string_view index, std::string_view pack,
                                       core::ObjectFormat format) {
  PackFile file(format);
  file.index_ = index;
  file.pack_ = pack;
  return file.understood() ? std::optional(std::move(file)) : std::nullopt;
}

bool PackFile::understood() {
  constexpr std::string_view kMagic("\377tOc\0\0\0\2", kPackIndexHeader);
  // Two hashes end an index, the pack's and its own.
  const std::size_t trailer = 2 * id_size_;
  if (index_.size() < kPackIndexHeader + kFanout + trailer || !index_.starts_with(kMagic))
    return false;
  if (pack_.size() < kPackHeader + id_size_ || !pack_.starts_with("PACK")) return false;
  if (const std::uint32_t version = word_at(pack_, 4); version != 2 && version != 3) return false;
  count_ = word_at(index_, kPackIndexHeader + kFanout - 4);
  if ((index_.size() - kPackIndexHeader - kFanout - trailer) / (id_size_ + 8) < count_)
    return false;
  // Both name the pack's hash: a pack that was cut short, or is another's, has a different one.
  const std::string_view hash = pack_.substr(pack_.size() - id_size_);
  return word_at(pack_, 8) == count_ && index_.substr(index_.size() - trailer, id_size_) == hash;
}

std::string_view PackFile::objects() const {
  return pack_.substr(0, pack_.size() - id_size_);
}

std::optional<PackFile::Place> PackFile::find(const core::ObjectId& id) const {
  const std::size_t first_byte = id.bytes[0];
  std::uint32_t low =
      first_byte == 0 ? 0 : word_at(index_, kPackIndexHeader + (first_byte - 1) * 4);
  std::uint32_t high = std::min(word_at(index_, kPackIndexHeader + first_byte * 4), count_);
  const char* const ids = index_.data() + kPackIndexHeader + kFanout;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = std::memcmp(ids + std::size_t{middle} * id_size_, id.bytes.data(), id_size_);
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
  const std::size_t checksums = kPackIndexHeader + kFanout + std::size_t{count_} * id_size_;
  const std::size_t offsets = checksums + std::size_t{count_} * 4;
  Place place{word_at(index_, offsets + std::size_t{position} * 4),
              word_at(index_, checksums + std::size_t{position} * 4)};
  if ((place.offset & kLargeOffset) == 0) return place;
  const std::size_t large = offsets + std::size_t{count_} * 4 + (place.offset & ~kLargeOffset) * 8;
  if (large + 8 > index_.size() - 2 * id_size_) return std::nullopt;
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
    id.format = format_;
    for (std::size_t i = 0; i < id_size_; ++i) id.bytes[i] = bytes.next();
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

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;  // larger ones are git's

}  // namespace

bool PackFile::unpack(std::uint64_t offset, const Entry& entry,
                      std::optional<std::uint32_t> expected, Inflater& inflater,
                      std::string& out) const {
  if (!inflater.inflate(objects().substr(entry.data), entry.size, out)) return false;
  const std::uint64_t bytes = entry.data - offset + inflater.used();
  return !expected || *expected == crc32(objects().substr(offset, bytes));
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

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestChain = 4096;  // git makes none of more than 4095

// A whole entry's kind; the kinds begin with these, in the same order.
RawObject::Type type_of(PackFile::Entry::Kind kind) {
  return static_cast<RawObject::Type>(kind);
}
static_assert(static_cast<int>(PackFile::Entry::Kind::tag) ==
              static_cast<int>(RawObject::Type::tag));

}  // namespace

Packs::Packs(std::vector<fs::path> folders, core::ObjectFormat format)
    : folders_(std::move(folders)), format_(format) {
  look_again();
}

Packs::Packs(std::vector<PackFile> packs) {
  for (PackFile& pack : packs) packs_.push_back({{}, true, std::move(pack)});
}

bool Packs::look_again() {
  const std::size_t before = packs_.size();
  for (const fs::path& folder : folders_) {
    std::error_code missing;
    for (fs::directory_iterator at(folder / "pack", missing), end; !missing && at != end;
         at.increment(missing)) {
      if (at->path().extension() != ".idx") continue;
      const auto known = std::span(packs_).first(before);
      if (std::ranges::find(known, at->path(), &Pack::index) == known.end())
        packs_.push_back({at->path(), false, std::nullopt});
    }
  }
  return packs_.size() > before;
}

const PackFile* Packs::opened(Pack& pack) const {
  if (!std::exchange(pack.tried, true)) {
    if (auto file = PackFile::open(pack.index, format_)) pack.file.emplace(std::move(*file));
  }
  return pack.file ? &*pack.file : nullptr;
}

bool Packs::any_not_understood() const {
  return std::ranges::any_of(packs_, [](const Pack& pack) { return pack.tried && !pack.file; });
}

std::optional<RawObject> PackedObjects::read(const core::ObjectId& id, Inflater& inflater) {
  std::optional<RawObject> object;
  packs_.find(id, [&](std::size_t number, const PackFile::Place& place) {
    object = unpack(packs_[number], bases_[number], place, inflater);
    return object.has_value();
  });
  return object;
}

std::optional<RawObject::Type> PackedObjects::type(const core::ObjectId& id) {
  std::optional<RawObject::Type> type;
  packs_.find(id, [&](std::size_t number, const PackFile::Place& place) {
    auto entry = packs_[number].entry(place.offset);
    for (std::size_t deltas = 0; entry && entry->kind == PackFile::Entry::Kind::delta; ++deltas) {
      entry = deltas < kLongestChain ? packs_[number].entry(entry->base) : std::nullopt;
    }
    if (entry) type = type_of(entry->kind);
    return type.has_value();
  });
  return type;
}

bool PackedObjects::may_have(const core::ObjectId& id) {
  return packs_.find(id, [](std::size_t, const PackFile::Place&) { return true; }) ||
         packs_.any_not_understood();
}

bool PackedObjects::look_again() {
  const bool more = packs_.look_again();
  bases_.resize(packs_.size());
  return more;
}

void PackedObjects::keep(Bases& bases, std::uint64_t offset, const RawObject& object) {
  constexpr std::size_t kMost = std::size_t{16} << 20U;
  const std::size_t size = object.content.size();
  if (size > kMost / 4) return;
  kept_ += size;
  if (kept_ > kMost) {
    for (Bases& all : bases_) all.clear();
    kept_ = size;
  }
  bases.insert_or_assign(offset, object);
}

std::optional<RawObject> PackedObjects::unpack(const PackFile& pack, Bases& bases,
                                               const PackFile::Place& place, Inflater& inflater) {
  struct Step {
    std::uint64_t offset;
    PackFile::Entry entry;
  };
  std::vector<Step> deltas;
  RawObject object;
  // From the object to what all its deltas change in the end, or to a base that is known.
  for (std::uint64_t offset = place.offset;;) {
    const auto base = deltas.empty() ? bases.end() : bases.find(offset);
    if (base != bases.end()) {
      object = base->second;
      break;
    }
    const auto entry = pack.entry(offset);
    if (!entry || deltas.size() > kLongestChain) return std::nullopt;
    if (entry->kind == PackFile::Entry::Kind::delta) {
      deltas.push_back({offset, *entry});
      offset = entry->base;
      continue;
    }
    const auto expected = deltas.empty() ? std::optional(place.checksum) : std::nullopt;
    if (!pack.unpack(offset, *entry, expected, inflater, object.content)) return std::nullopt;
    object.type = type_of(entry->kind);
    if (!deltas.empty()) keep(bases, offset, object);
    break;
  }
  std::string delta, content;
  while (!deltas.empty()) {
    const Step step = deltas.back();
    deltas.pop_back();
    const auto expected = deltas.empty() ? std::optional(place.checksum) : std::nullopt;
    if (!pack.unpack(step.offset, step.entry, expected, inflater, delta) ||
        !apply_delta(object.content, delta, content))
      return std::nullopt;
    object.content.swap(content);
    if (!deltas.empty()) keep(bases, step.offset, object);
  }
  return object;
}

}  // namespace gs::git
