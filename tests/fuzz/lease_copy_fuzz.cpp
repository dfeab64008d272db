// What gates read of other clones' leases: any bytes, and behind a checksum that is right any body.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/coordination/lease_copy.h"
#include "lib/core/checksum.h"

namespace {

std::string number(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

void read(const std::string& bytes) {
  using namespace gs::coordination;
  const std::string paths[] = {"a.py", "llm/x.py"};
  const auto some = deserialize_copy(bytes, paths);
  const auto all = deserialize_copy(bytes);
  if (some && all && some->leases.size() > all->leases.size()) std::abort();
  if (all && deserialize_copy(serialize_copy(*all)) != all) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read(text);
  read("gsleases" + number(1) + number(gs::core::checksum(text)) + text);
  return 0;
}
