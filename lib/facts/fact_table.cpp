#include "lib/facts/fact_table.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "lib/platform/memory.h"

namespace gs::facts {

// A table is blocks, an index and a footer. Numbers are as the machine has them (on another kind of
// machine the magic number is another one) and stand at any address.
//
//   block    u32 number of records · for each: u32 where it begins in the block · the records
//   record   u8 length of the key · key · value, which goes on to the next record or the block's
//   end index    for each block: u64 offset · u64 checksum · u32 size · u8 length of a key · first
//   key footer   magic number · extractors' version · offset of the index · checksum of the index ·
//            checksum of the footer so far; u64 each
//
// The footer is the last that is written, and index and footer fill the file up to its end: a file
// that was cut, or not written to its end, is no table. Nothing is synced: after a crash of the
// machine a page may be missing, and then a checksum is wrong. A block is copied into memory first
// and checked there, so that nobody can change, or cut, what is being read (as with a mapped file).
// Checksums are against accidents. Who writes a valid one on purpose writes facts, and nothing
// worse: every number is checked against the bytes that are there before it is used.
//
// Keys begin with hashes, so that a block's records have nothing in common that would be worth
// compressing.

namespace {

using Footer = std::array<std::uint64_t, 5>;

constexpr std::uint64_t kMagic = 0x32'73'74'63'61'66'0d'0au;  // changes with the format
constexpr std::size_t kBlockSize = 32U << 10U, kBufferSize = 1U << 20U, kReadAhead = 512U << 10U;

template <class Number>
void append(std::string& out, Number number) {
  std::array<char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  out.append(bytes.data(), bytes.size());
}

// Takes a number off the front of `bytes`, which must have it.
template <class Number>
Number take(std::string_view& bytes) {
  Number number;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

std::uint32_t number_at(std::string_view bytes, std::size_t offset) {
  bytes.remove_prefix(offset);
  return take<std::uint32_t>(bytes);
}

std::uint64_t footer_checksum(const Footer& footer) {
  return checksum({reinterpret_cast<const char*>(footer.data()), sizeof footer - sizeof footer[0]});
}

// Whether all was there.
bool read_bytes(const platform::Descriptor& file, std::uint64_t offset, std::size_t size,
                char* memory) {
  while (size > 0) {
    const ssize_t count = pread(file.get(), memory, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<std::uint64_t>(count);
    memory += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

Block::Block(std::string_view bytes) : bytes_(bytes) {
  constexpr std::size_t kNumber = sizeof(std::uint32_t);
  if (bytes.size() < kNumber) return;
  const std::size_t count = number_at(bytes, 0);
  if (count <= bytes.size() / kNumber - 1) size_ = count;
}

std::optional<Record> Block::record(std::size_t number) const {
  constexpr std::size_t kNumber = sizeof(std::uint32_t);
  if (number >= size_) return std::nullopt;
  const std::size_t begin = number_at(bytes_, kNumber * (number + 1));
  const std::size_t end =
      number + 1 == size_ ? bytes_.size() : number_at(bytes_, kNumber * (number + 2));
  if (begin >= end || end > bytes_.size()) return std::nullopt;
  const std::string_view rest = bytes_.substr(begin + 1, end - begin - 1);
  const std::size_t key_size = static_cast<unsigned char>(bytes_[begin]);
  if (key_size > rest.size()) return std::nullopt;
  return Record{rest.substr(0, key_size), rest.substr(key_size)};
}

std::optional<std::string_view> Block::find(std::string_view key) const {
  for (std::size_t begin = 0, end = size_; begin < end;) {
    const std::size_t middle = begin + (end - begin) / 2;
    const auto found = record(middle);
    if (!found) return std::nullopt;
    const int order = found->key.compare(key);
    if (order == 0) return found->value;
    (order < 0 ? begin : end) = order < 0 ? middle + 1 : middle;
  }
  return std::nullopt;
}

std::optional<std::vector<BlockPlace>> parse_index(std::string_view bytes, std::uint64_t end) {
  constexpr std::size_t kFixed = sizeof(std::uint64_t) + sizeof(std::uint32_t) + 1;
  std::vector<BlockPlace> places;
  std::uint64_t begin = 0;
  while (!bytes.empty()) {
    if (bytes.size() < kFixed) return std::nullopt;
    BlockPlace& place = places.emplace_back();
    place.begin = begin;
    place.checksum = take<std::uint64_t>(bytes);
    place.end = begin += take<std::uint32_t>(bytes);
    const std::size_t key_size = take<std::uint8_t>(bytes);
    if (key_size > bytes.size()) return std::nullopt;
    place.first_key = bytes.substr(0, key_size);
    bytes.remove_prefix(key_size);
  }
  return begin == end ? std::optional(std::move(places)) : std::nullopt;
}

void FactTable::Unmap::operator()(char* memory) const {
  munmap(memory, size);
}

std::optional<FactTable> FactTable::open(platform::Descriptor file, std::uint32_t version,
                                         std::uint64_t largest) {
  struct stat status {};
  Footer footer;
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < sizeof footer || size > largest) return std::nullopt;
  const std::uint64_t index_end = size - sizeof footer;
  if (!read_bytes(file, index_end, sizeof footer, reinterpret_cast<char*>(footer.data())))
    return std::nullopt;
  const auto [magic, made_by, index_begin, index_checksum, own_checksum] = footer;
  if (magic != kMagic || made_by != version || own_checksum != footer_checksum(footer) ||
      index_begin > index_end)
    return std::nullopt;
  const std::size_t index_size = index_end - index_begin;
  FactTable table;
  table.index_bytes_ = std::make_unique_for_overwrite<char[]>(index_size);
  const std::string_view index(table.index_bytes_.get(), index_size);
  if (!read_bytes(file, index_begin, index_size, table.index_bytes_.get()) ||
      checksum(index) != index_checksum)
    return std::nullopt;
  auto places = parse_index(index, index_begin);
  if (!places) return std::nullopt;
  table.file_ = std::move(file);
  table.index_ = std::move(*places);
  table.blocks_.resize(table.index_.size());
  if (index_begin == 0) return table;
  void* memory = mmap(nullptr, index_begin, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return std::nullopt;
  table.memory_ = {static_cast<char*>(memory), Unmap{index_begin}};
  return table;
}

// Who reads one block after the other is given the next ones with it. What cannot be read stays
// zeros, and has not the right checksum.
void FactTable::read(std::size_t number) {
  const std::uint64_t begin = index_[number].begin;
  std::uint64_t end = begin;
  const bool ahead = number > 0 && blocks_[number - 1].is_read;
  for (std::size_t i = number; i < blocks_.size() && !blocks_[i].is_read; ++i) {
    if (i > number && (!ahead || index_[i].end - begin > kReadAhead)) break;
    blocks_[i].is_read = true;
    end = index_[i].end;
  }
  char* const memory = memory_.get() + begin;
  platform::populate(memory, end - begin);
  read_bytes(file_, begin, end - begin, memory);
}

const Block& FactTable::load(std::size_t number) {
  LoadedBlock& loaded = blocks_[number];
  if (!loaded.is_read) read(number);
  if (std::exchange(loaded.is_checked, true)) return loaded.block;
  const BlockPlace& place = index_[number];
  const std::string_view bytes(memory_.get() + place.begin, place.end - place.begin);
  if (checksum(bytes) == place.checksum) loaded.block = Block(bytes);
  return loaded.block;
}

std::optional<std::string_view> FactTable::find(std::string_view key) {
  const auto is_in = [&](std::size_t number) {
    return number < index_.size() && index_[number].first_key <= key &&
           (number + 1 == index_.size() || key < index_[number + 1].first_key);
  };
  if (!is_in(last_found_)) {  // many ask in the order of the keys
    const auto after = std::ranges::upper_bound(index_, key, {}, &BlockPlace::first_key);
    if (after == index_.begin()) return std::nullopt;
    last_found_ = static_cast<std::size_t>(after - index_.begin()) - 1;
  }
  return load(last_found_).find(key);
}

std::vector<Record> FactTable::records() {
  std::vector<Record> all;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = load(i);
    for (std::size_t k = 0; k < block.size(); ++k) {
      if (const auto record = block.record(k)) all.push_back(*record);
    }
  }
  return all;
}

namespace {

class TableWriter {
 public:
  explicit TableWriter(const platform::Descriptor& file) : file_(file) {}

  void add(const Record& record) {
    if (begins_.empty()) first_key_ = record.key;
    begins_.push_back(static_cast<std::uint32_t>(records_.size()));
    append(records_, static_cast<std::uint8_t>(record.key.size()));
    records_.append(record.key).append(record.value);
    if (records_.size() >= kBlockSize) end_block();
  }

  bool finish(std::uint32_t version) {
    end_block();
    Footer footer{kMagic, version, offset_, checksum(index_), 0};
    footer.back() = footer_checksum(footer);
    out_ += index_;
    for (const std::uint64_t number : footer) append(out_, number);
    flush();
    return good_;
  }

 private:
  void end_block() {
    if (begins_.empty()) return;
    std::string block;
    block.reserve(records_.size() + sizeof(std::uint32_t) * (begins_.size() + 1));
    append(block, static_cast<std::uint32_t>(begins_.size()));
    const auto header = static_cast<std::uint32_t>(sizeof(std::uint32_t) * (begins_.size() + 1));
    for (const std::uint32_t begin : begins_) append(block, header + begin);
    block += records_;
    append(index_, checksum(block));
    append(index_, static_cast<std::uint32_t>(block.size()));
    append(index_, static_cast<std::uint8_t>(first_key_.size()));
    index_ += first_key_;
    offset_ += block.size();
    out_ += block;
    if (out_.size() >= kBufferSize) flush();
    begins_.clear();
    records_.clear();
  }

  void flush() {
    for (std::string_view rest = out_; good_ && !rest.empty();) {
      const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      good_ = count > 0;
      if (good_) rest.remove_prefix(static_cast<std::size_t>(count));
    }
    out_.clear();
  }

  const platform::Descriptor& file_;
  std::string out_, index_, records_;
  std::string_view first_key_;         // of the block that is being filled
  std::vector<std::uint32_t> begins_;  // of its records
  std::uint64_t offset_ = 0;
  bool good_ = true;
};

}  // namespace

bool write_table(const platform::Descriptor& file, std::uint32_t version,
                 std::span<const Record> records) {
  TableWriter writer(file);
  for (const Record& record : records) writer.add(record);
  return writer.finish(version);
}

}  // namespace gs::facts
