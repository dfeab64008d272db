#pragma once
// One file of the facts cache: keys in their order, each with a value. Written once, then only
// read. Whatever bytes a file has, a value that is read from it is the one that was written, or
// none. The format is described in fact_table.cpp.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/core/checksum.h"
#include "lib/platform/file.h"

namespace gs::facts {

struct Record {
  std::string_view key;  // 1 to 255 bytes
  std::string_view value;
};

using core::checksum;

// Records in the order of their keys, in some 32 KiB: what is read and checked at once. Safe on any
// bytes; views into them.
class Block {
 public:
  Block() = default;
  explicit Block(std::string_view bytes);

  std::size_t size() const { return size_; }  // in records; 0 when the bytes are no block
  std::optional<Record> record(std::size_t number) const;
  std::optional<std::string_view> find(std::string_view key) const;

 private:
  std::string_view bytes_;
  std::size_t size_ = 0;
};

struct BlockPlace {
  std::string_view first_key;
  std::uint64_t begin = 0, end = 0, checksum = 0;
};

// Views into `bytes`. Nothing when that is no index of blocks which fill a file from 0 to `end`.
std::optional<std::vector<BlockPlace>> parse_index(std::string_view bytes, std::uint64_t end);

// A file that is open for reading. What it hands out lives as long as it does. For one thread.
class FactTable {
 public:
  // Nothing when the file is none of `version`, damaged, or larger than `largest` bytes.
  static std::optional<FactTable> open(platform::Descriptor file, std::uint32_t version,
                                       std::uint64_t largest);

  std::optional<std::string_view> find(std::string_view key);
  std::vector<Record> records();  // of all blocks that are not damaged

 private:
  struct LoadedBlock {
    bool is_read = false, is_checked = false;
    Block block;  // empty when it is damaged
  };
  struct Unmap {
    std::size_t size;
    void operator()(char* memory) const;
  };

  const Block& load(std::size_t number);
  void read(std::size_t number);

  platform::Descriptor file_;
  std::unique_ptr<char[]> index_bytes_;
  std::vector<BlockPlace> index_;
  std::vector<LoadedBlock> blocks_;
  std::size_t last_found_ = 0;           // block
  std::unique_ptr<char, Unmap> memory_;  // for all blocks, each where it is in the file
};

// Writes a table to an empty file. `records`: by key, none twice, all together less than 2 GiB.
// Whether all was written.
bool write_table(const platform::Descriptor& file, std::uint32_t version,
                 std::span<const Record> records);

}  // namespace gs::facts
