// A ref table with bytes that no git wrote: it is refused, or every ref that it lists is found by
// its name with the same value, in order. Its end is made to fit its beginning, and its checksum
// right, so that more than these is tried.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/refs/reftable.h"

namespace {

using gs::git::RefRecord;
using gs::git::Reftable;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string with_sound_footer(std::string bytes) {
  constexpr std::size_t kVersion = 4, kFields = 40, kCrc = 4;
  const std::size_t header = bytes.size() > kVersion && bytes[kVersion] == 2 ? 28 : 24;
  const std::size_t footer = header + kFields + kCrc;
  if (bytes.size() < header + footer) return bytes;
  const std::size_t start = bytes.size() - footer;
  bytes.replace(start, header, bytes.substr(0, header));
  const std::uint32_t crc = gs::git::crc32(std::string_view(bytes).substr(start, footer - kCrc));
  for (unsigned i = 0; i < kCrc; ++i)
    bytes[bytes.size() - kCrc + i] = static_cast<char>(crc >> (24U - 8U * i));
  return bytes;
}

struct Listed {
  std::string name, value;
  RefRecord::Kind kind;
};

void check(const Reftable& table) {
  std::vector<Listed> refs;
  table.refs_from("", [&](const RefRecord& record) {
    require(refs.empty() || refs.back().name < record.name);
    refs.push_back({std::string(record.name), std::string(record.value), record.kind});
    return true;
  });
  for (const Listed& ref : refs) {
    // An index that leads astray hides a ref, but makes no other of it.
    const auto found = table.find(ref.name);
    require(!found || (found->value == ref.value && found->kind == ref.kind));
    table.moves_of(ref.name, [](const gs::git::LogRecord&) {});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes =
      with_sound_footer(std::string(reinterpret_cast<const char*>(data), size));
  for (const std::size_t id_size : {std::size_t{20}, std::size_t{32}}) {
    try {
      check(Reftable(bytes, "fuzz", id_size));
    } catch (const gs::core::Error&) {
    }
  }
  return 0;
}
