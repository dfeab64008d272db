// Any source has an interface, of text that is UTF-8, that survives serialize and deserialize.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/core/text.h"
#include "lib/python/interface/interface.h"

namespace {

bool is_text(const gs::core::Definition& definition) {
  const auto good = [](const std::string& text) { return gs::core::is_utf8(text); };
  return !definition.name.empty() && good(definition.name) &&
         std::ranges::all_of(definition.decorators, good) &&
         std::ranges::all_of(definition.bases, good) &&
         std::ranges::all_of(definition.members, is_text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const gs::core::Interface interface =
      gs::python::interface_of(source, {8192, std::chrono::milliseconds(100)});
  if (gs::core::thaw_interface(gs::core::serialize(interface)) != interface) std::abort();
  if (!std::ranges::all_of(interface.definitions, is_text)) std::abort();
  if (interface.all && interface.all_unclear) std::abort();
  return 0;
}
