// Any text is JSON or refused, however it is asked; what is read survives being written, and the
// reader that skips agrees with the one that keeps.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "lib/core/json.h"

namespace {

using namespace gs::core;

void require(bool fine) {
  if (!fine) std::abort();
}

std::optional<Json> read(std::string_view text, JsonOptions options) {
  try {
    return parse_json(text, options);
  } catch (const JsonError& error) {
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
    return std::nullopt;
  }
}

bool skipped(std::string_view text, JsonOptions options) {
  try {
    JsonReader reader(text, options);
    reader.skip();
    reader.end();
    return true;
  } catch (const JsonError&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = read(text, {});
  require(strict.has_value() == skipped(text, {}));
  for (const JsonOptions& options :
       {JsonOptions{.repeated_keys = true}, {.comments = true}, {.lenient = true}}) {
    const auto other = read(text, options);
    require(!strict || other == strict);
    require(!other || skipped(text, options));
    if (!other) continue;
    const JsonOptions keys{.repeated_keys = options.repeated_keys};
    require(read(compact_json(*other), keys) == other);
    require(read(indented_json(*other), keys) == other);
  }
  return 0;
}
