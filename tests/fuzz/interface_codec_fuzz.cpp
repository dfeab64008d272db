// Any bytes thaw to nothing or to an interface that freezes to the same bytes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/core/interface.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto interface = gs::core::thaw_interface(bytes)) {
    if (gs::core::freeze(*interface) != bytes) std::abort();
  }
  return 0;
}
