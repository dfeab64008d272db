// Any bytes have imports that read back whole, at lines that the source has.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/core/import_facts.h"
#include "lib/python/imports/imports.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto lines =
      static_cast<std::uint32_t>(std::count_if(source.begin(), source.end(),
                                               [](char c) { return c == '\n' || c == '\r'; })) +
      1;
  const std::string facts = gs::python::imports_of(source);
  gs::core::ImportReader reader(facts);
  std::uint32_t last = 1;
  for (gs::core::Import import; reader.next(import);) {
    require(import.line >= last && import.line <= lines);
    require(!import.module.empty() || import.level > 0);
    require((import.kind == gs::core::ImportKind::from) == !import.names.empty());
    last = import.line;
  }
  require(!reader.damaged());
  for (const gs::core::Partial& partial : reader.partials())
    require(partial.line >= 1 && partial.line <= lines);
  return 0;
}
