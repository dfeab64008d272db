// Any bytes as a Python source: its calls.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/python/interface/calls.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto calls = gs::python::calls_of(source);
  if (!calls) return 0;
  for (const gs::core::Call& call : calls->list) {
    if (call.name.empty() || call.line == 0) __builtin_trap();
  }
  if (gs::core::thaw_calls(gs::core::serialize(*calls)) != calls) __builtin_trap();
  return 0;
}
