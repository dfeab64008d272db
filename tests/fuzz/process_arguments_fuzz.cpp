// Any bytes, as what macOS's kernel keeps of a process's start.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/platform/process_arguments.h"

namespace {

std::size_t bytes_of(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size() + 1;
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto found = gs::platform::parse_process_arguments(bytes);
  if (found && bytes_of(found->arguments) + bytes_of(found->environment) > size) std::abort();
  return 0;
}
