// Any bytes are settings or refused with one line; values come out as they are when they are
// quoted.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/error.h"
#include "lib/git/config_file.h"

namespace {

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text + '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    for (const gs::git::ConfigEntry& entry : gs::git::parse_config(text, "it")) {
      const auto again = gs::git::parse_config("[a]b=" + quoted(entry.value), "it");
      if (again.size() != 1 || again[0].value != entry.value) std::abort();
    }
  } catch (const gs::core::Error& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}
