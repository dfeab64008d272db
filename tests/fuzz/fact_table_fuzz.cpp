// Any bytes as a file of the facts cache: as a whole, and its parts behind the checksums, which
// mutations would seldom get past. Nothing that is found lies outside of the bytes.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/facts/fact_table.h"

namespace {

using gs::facts::Block;
using gs::facts::FactTable;
using gs::facts::Record;

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void read_block(std::string_view bytes) {
  const Block block(bytes);
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto record = block.record(i);
    if (!record) continue;
    if (!within(record->key, bytes) || !within(record->value, bytes)) std::abort();
    const auto value = block.find(record->key);
    if (value && !within(*value, bytes)) std::abort();
  }
  if (block.record(block.size())) std::abort();
}

void read_index(std::string_view bytes) {
  constexpr std::uint64_t kEnd = 306;  // as the corpus has it
  const auto places = gs::facts::parse_index(bytes, kEnd);
  if (!places) return;
  for (const auto& place : *places) {
    if (!within(place.first_key, bytes) || place.begin > place.end || place.end > kEnd)
      std::abort();
  }
}

void read_file(std::string_view bytes) {
  gs::platform::Descriptor file(memfd_create("table", MFD_CLOEXEC));
  if (write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return;
  auto table = FactTable::open(std::move(file), 1, 1U << 20U);
  if (!table) return;
  for (const Record& record : table->records()) table->find(record.key);
  table->find("");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_block(bytes);
  read_index(bytes);
  read_file(bytes);
  return 0;
}
