#include "lib/git/refs/reftable.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/objects/loose_objects.h"

namespace gs::git {

namespace {

constexpr std::string_view kMagic = "REFT";
constexpr std::size_t kBlockHeader = 4;                 // what it is, and its length in 3 bytes
constexpr std::size_t kRestart = 3, kRestartCount = 2;  // sizes in bytes
constexpr std::size_t kMoveNumber = 9;                  // after a name in a log's key
constexpr std::size_t kLongestKey = 1 << 16;

// What a ref's record holds; both of an annotated tag are ids, the second of what it leads to.
enum RefValue : unsigned { kNone, kObject, kTagAndObject, kSymbolic };
enum MoveValue : unsigned { kForgotten, kMove };

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

bool known_block(char type) {
  return std::string_view("rgoi").find(type) != std::string_view::npos;
}

}  // namespace

// Offsets count from `start` of the block, which in the first one is the start of the file.
struct Reftable::Block {
  std::string_view stored;
  std::string inflated;   // of the log's blocks, with as many bytes before it as are not deflated
  std::size_t first = 0;  // the first record
  std::size_t restarts = 0;  // where the list of restarts begins, and the records end
  std::size_t restart_count = 0;
  std::uint64_t next = 0;  // where the next block may stand in the file

  std::string_view data() const { return inflated.empty() ? stored : std::string_view(inflated); }
};

struct Reftable::Record {
  std::string key;
  unsigned type = 0;
  std::uint64_t position = 0;  // of an index: the block that ends with the key
  std::string_view value, second, message;
};

// Goes through the records of a block.
class Reftable::Records {
 public:
  Records(const Reftable& table, const Block& block, Section section)
      : table_(table), block_(block), section_(section), at_(block.first) {}

  // False after the last one.
  bool next() {
    if (at_ >= block_.restarts) return false;
    rest_ = block_.data().substr(at_, block_.restarts - at_);
    const std::size_t before = rest_.size();
    read_key();
    read_value();
    at_ += before - rest_.size();
    return true;
  }

  // So that next() gives a record that stands before all that are not less than the key, or the
  // first of these.
  void seek(std::string_view key) {
    std::size_t low = 0, high = block_.restart_count;  // the last restart that is not greater
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (key_at_restart(middle) <= key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low > 0) at_ = restart(low - 1);
  }

  const Record& record() const { return record_; }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int count = 0;; ++count) {
      constexpr int kMost = 10;
      if (rest_.empty() || count == kMost) table_.damaged("a number in it has no end");
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= byte & 0x7FU;
      if ((byte & 0x80U) == 0) return value;
      value = (value + 1) << 7U;
    }
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) table_.damaged("a record is longer than its block");
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::size_t restart(std::size_t which) const {
    const auto offset = static_cast<std::size_t>(
        number(block_.data().substr(block_.restarts + which * kRestart, kRestart)));
    if (offset < block_.first || offset >= block_.restarts)
      table_.damaged("a restart lies outside its block");
    return offset;
  }

  std::string_view key_at_restart(std::size_t which) {
    const std::size_t offset = restart(which);
    rest_ = block_.data().substr(offset, block_.restarts - offset);
    if (varint() != 0) table_.damaged("a restart has no whole key");
    return take(varint() >> 3U);
  }

  void read_key() {
    const std::uint64_t shared = varint(), suffix_and_type = varint();
    record_.type = suffix_and_type & 7U;
    const std::string_view suffix = take(suffix_and_type >> 3U);
    if (shared > record_.key.size()) table_.damaged("a key begins with more than there was");
    const auto kept = static_cast<std::size_t>(shared);
    if (kept + suffix.size() > kLongestKey) table_.damaged("a key is too long");
    if (std::string_view(record_.key).substr(kept) >= suffix)
      table_.damaged("its records are not in order");
    record_.key.resize(kept);
    record_.key += suffix;
  }

  void read_value() {
    record_.value = record_.second = record_.message = {};
    if (section_ == Section::index) {
      record_.position = varint();
    } else if (section_ == Section::refs) {
      read_ref();
    } else if (record_.type == kMove) {
      read_move();
    } else if (record_.type != kForgotten) {
      table_.damaged("a move of a ref is of no known kind");
    }
  }

  void read_ref() {
    varint();  // when it was written
    if (record_.type > kSymbolic) table_.damaged("a ref is of no known kind");
    if (record_.type == kObject || record_.type == kTagAndObject)
      record_.value = take(table_.id_size_);
    if (record_.type == kTagAndObject) take(table_.id_size_);
    if (record_.type == kSymbolic) record_.value = take(varint());
  }

  void read_move() {
    constexpr std::size_t kZone = 2;
    record_.value = take(table_.id_size_);
    record_.second = take(table_.id_size_);
    take(varint());  // name
    take(varint());  // address
    varint();        // time
    take(kZone);
    record_.message = take(varint());
  }

  const Reftable& table_;
  const Block& block_;
  Section section_;
  std::size_t at_;
  std::string_view rest_;
  Record record_;
};

Reftable::Reftable(std::string_view bytes, std::string name, std::size_t id_size)
    : bytes_(bytes), name_(std::move(name)), id_size_(id_size) {
  read_footer(id_size);
}

void Reftable::damaged(const char* what) const {
  throw core::Error(core::ExitCode::broken,
                    "the ref table " + core::printable(name_) + " is damaged: " + what,
                    "git refs verify; a clone that fetched from here has the branches");
}

void Reftable::read_footer(std::size_t id_size) {
  constexpr std::size_t kVersion = 4, kBlockSize = 5, kHash = 24, kFields = 5 * 8, kCrc = 4;
  constexpr std::size_t kSha1 = 20, kSha256 = 32;
  if (!bytes_.starts_with(kMagic) || bytes_.size() <= kVersion) damaged("it does not begin as one");
  const char version = bytes_[kVersion];
  if (version != 1 && version != 2) damaged("its version is not known");
  header_size_ = version == 1 ? kHash : kHash + 4;
  const std::size_t footer_size = header_size_ + kFields + kCrc;
  if (bytes_.size() < header_size_ + footer_size) damaged("it is cut short");
  end_ = bytes_.size() - footer_size;
  const std::string_view footer = bytes_.substr(end_);
  if (footer.substr(0, header_size_) != bytes_.substr(0, header_size_))
    damaged("it does not end as it begins; it is cut short, or was put together");
  if (crc32(footer.substr(0, footer_size - kCrc)) != number(footer.substr(footer_size - kCrc)))
    damaged("its checksum is not right");
  const std::string_view hash = version == 1 ? "sha1" : bytes_.substr(kHash, 4);
  if (hash != "sha1" && hash != "s256") damaged("its hash is not known");
  if (id_size != (hash == "sha1" ? kSha1 : kSha256))
    damaged("its ids have another repository's size");
  block_size_ = number(bytes_.substr(kBlockSize, 3));
  const auto field = [&](std::size_t which) {
    return number(footer.substr(header_size_ + which * 8, 8));
  };
  ref_index_ = field(0);
  log_ = field(3);
  log_index_ = field(4);
  const char first = end_ > header_size_ ? bytes_[header_size_] : '\0';
  if (first != '\0' && !known_block(first)) damaged("a block is of no known kind");
  has_refs_ = first == static_cast<char>(Section::refs);
  has_log_ = log_ != 0 || first == static_cast<char>(Section::log);
}

// Nothing where none of the kind stands: its section is over.
std::optional<Reftable::Block> Reftable::block_at(std::uint64_t position, Section wanted) const {
  const std::size_t header = position == 0 ? header_size_ : 0;
  if (position >= end_ || position + header + kBlockHeader > end_) return std::nullopt;
  const std::string_view rest = bytes_.substr(static_cast<std::size_t>(position), end_ - position);
  const char type = rest[header];
  if (!known_block(type)) damaged("a block is of no known kind");
  if (type != static_cast<char>(wanted)) return std::nullopt;
  const auto length = static_cast<std::size_t>(number(rest.substr(header + 1, 3)));
  Block block;
  block.first = header + kBlockHeader;
  if (length < block.first + kRestartCount) damaged("a block is too short");
  if (wanted == Section::log) {
    Inflater inflater;
    std::string records;
    if (!inflater.inflate(rest.substr(block.first), length - block.first, records))
      damaged("a block cannot be inflated");
    block.inflated = std::string(block.first, '\0') + records;
    block.next = position + block.first + inflater.used();
  } else {
    if (length > rest.size()) damaged("a block is longer than the table");
    block.stored = rest.substr(0, length);
    // Aligned ones are filled with zeros, except before the log.
    const bool filled = length < block_size_ && (length == rest.size() || rest[length] == '\0');
    block.next = position + (filled ? block_size_ : length);
  }
  const std::string_view data = block.data();
  block.restart_count = static_cast<std::size_t>(number(data.substr(length - kRestartCount)));
  const std::size_t tail = kRestartCount + block.restart_count * kRestart;
  if (tail > length - block.first) damaged("a block is too short for its restarts");
  block.restarts = length - tail;
  return block;
}

// The block of a section that has the first key which is not less, by the index; without one the
// section's first block. Nothing when there is none.
std::optional<std::uint64_t> Reftable::position_of(Section section, std::string_view key) const {
  const bool refs = section == Section::refs;
  if (refs ? !has_refs_ : !has_log_) return std::nullopt;
  std::uint64_t position = refs ? ref_index_ : log_index_;
  if (position == 0) return refs ? 0 : log_;
  constexpr int kDeepest = 16;
  for (int depth = 0; depth < kDeepest; ++depth) {
    std::optional<Block> block = block_at(position, Section::index);
    if (!block) return position;
    std::optional<std::uint64_t> below;
    for (; block && !below; block = block_at(block->next, Section::index)) {
      Records records(*this, *block, Section::index);
      records.seek(key);
      while (!below && records.next()) {
        if (records.record().key >= key) below = records.record().position;
      }
    }
    if (!below) return std::nullopt;
    position = *below;
  }
  damaged("its index leads nowhere");
}

template <class Each>
void Reftable::scan(Section section, std::string_view first, const Each& each) const {
  const std::optional<std::uint64_t> start = position_of(section, first);
  if (!start) return;
  std::optional<Block> block = block_at(*start, section);
  if (!block) damaged("a section is not where it should be");
  std::string last;
  for (; block; block = block_at(block->next, section)) {
    Records records(*this, *block, section);
    records.seek(first);
    while (records.next()) {
      const Record& record = records.record();
      if (record.key < first) continue;
      if (!last.empty() && record.key <= last) damaged("its blocks are not in order");
      if (!each(record)) return;
    }
    last = records.record().key;
  }
}

void Reftable::refs_from(std::string_view first, const EachRef& each) const {
  using Kind = RefRecord::Kind;
  scan(Section::refs, first, [&](const Record& record) {
    const Kind kind = record.type == kNone       ? Kind::deleted
                      : record.type == kSymbolic ? Kind::symbolic
                                                 : Kind::object;
    return each({record.key, kind, record.value});
  });
}

std::optional<RefRecord> Reftable::find(std::string_view name) const {
  std::optional<RefRecord> found;
  refs_from(name, [&](const RefRecord& record) {
    if (record.name == name) found = RefRecord{name, record.kind, record.value};
    return false;
  });
  return found;
}

// Keys of the log are "NAME\0" and a number of 8 bytes that is the smaller the later the move was.
void Reftable::moves_of(std::string_view name, const EachMove& each) const {
  const std::string start = std::string(name) + '\0';
  scan(Section::log, start, [&](const Record& record) {
    if (!record.key.starts_with(start)) return false;
    if (record.key.size() != name.size() + kMoveNumber) damaged("a move of a ref has no number");
    const std::uint64_t index = ~number(std::string_view(record.key).substr(start.size()));
    each({name, index, record.type == kForgotten, record.value, record.second, record.message});
    return true;
  });
}

}  // namespace gs::git
