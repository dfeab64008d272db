// Any bytes deserialize to nothing, or to an interface or calls that serialize to the same bytes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/core/interface.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto interface = gs::core::thaw_interface(bytes)) {
    if (gs::core::serialize(*interface) != bytes) std::abort();
  }
  if (const auto calls = gs::core::thaw_calls(bytes)) {
    if (gs::core::serialize(*calls) != bytes) std::abort();
  }
  return 0;
}
