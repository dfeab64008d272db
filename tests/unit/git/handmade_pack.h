#pragma once
// Packs that no git would write.

#include <algorithm>
#include <string>
#include <vector>
#include <zlib.h>

#include "lib/core/change.h"
#include "tests/support/temp_repo.h"

namespace gs::test {

struct PackedEntry {
  core::ObjectId id;
  std::string bytes;  // header and compressed content
};

struct Packed {
  std::string index, pack;
  std::vector<std::uint64_t> offsets;  // of the entries as they were given
};

inline core::ObjectId id_of(std::size_t number) {
  core::ObjectId id;
  id.format = default_format();
  id.bytes[0] = static_cast<std::uint8_t>(number * 37);
  id.bytes[18] = static_cast<std::uint8_t>(number >> 8U);
  id.bytes[19] = static_cast<std::uint8_t>(number);
  return id;
}

inline std::string word(std::uint64_t value, unsigned bytes = 4) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes));
  return text;
}

inline std::string deflated(const std::string& content) {
  uLongf size = compressBound(content.size());
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &size,
            reinterpret_cast<const Bytef*>(content.data()), content.size(), 9);
  return out.substr(0, size);
}

inline std::string entry_header(unsigned type, std::uint64_t size) {
  std::string text;
  std::uint64_t rest = size >> 4U;
  text += static_cast<char>(type << 4U | (size & 15U) | (rest > 0 ? 0x80U : 0U));
  for (; rest > 0; rest >>= 7U)
    text += static_cast<char>((rest & 0x7fU) | (rest > 127 ? 0x80U : 0U));
  return text;
}

inline std::string plain(unsigned type, const std::string& content) {
  return entry_header(type, content.size()) + deflated(content);
}

inline std::string by_id(const core::ObjectId& base, const std::string& delta) {
  return entry_header(7, delta.size()) + std::string(base.raw()) + deflated(delta);
}

// Of a base of two bytes the same two.
inline const std::string kNoChange = "\x02\x02\x90\x02";

inline Packed packed_of(std::vector<PackedEntry> entries) {
  Packed made;
  made.pack = "PACK" + word(2) + word(entries.size());
  struct Row {
    core::ObjectId id;
    std::uint64_t offset;
    std::uint64_t checksum;
  };
  std::vector<Row> rows;
  for (const PackedEntry& entry : entries) {
    made.offsets.push_back(made.pack.size());
    rows.push_back({entry.id, made.pack.size(),
                    crc32(0, reinterpret_cast<const Bytef*>(entry.bytes.data()),
                          static_cast<uInt>(entry.bytes.size()))});
    made.pack += entry.bytes;
  }
  made.pack += std::string(id_size(), 'h');
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
  made.index = std::string("\377tOc\0\0\0\2", 8);
  for (unsigned byte = 0; byte < 256; ++byte)
    made.index += word(static_cast<std::uint64_t>(std::count_if(
        rows.begin(), rows.end(), [&](const Row& row) { return row.id.bytes[0] <= byte; })));
  for (const Row& row : rows) made.index += row.id.raw();
  for (const Row& row : rows) made.index += word(row.checksum);
  for (const Row& row : rows) made.index += word(row.offset);
  made.index += std::string(id_size(), 'h') + std::string(id_size(), 'i');
  return made;
}

}  // namespace gs::test
