// Any bytes, as a path and as text.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/json.h"
#include "lib/core/text.h"

namespace core = gs::core;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Nothing that a terminal obeys, and no bad bytes.
bool harmless(const std::string& text) {
  return core::is_utf8(text) && core::printable(text) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string quoted = core::quote_path(text);
  require(harmless(quoted));
  require(quoted == text ? !quoted.starts_with('"') : core::unquote_path(quoted) == text);
  const std::string json = core::json_path(text);
  require(core::is_utf8(json) && core::path_from_json(json) == text);
  require(core::is_utf8(text) ==
              (core::JsonWriter().value(text).str().find("\xef\xbf\xbd") == std::string::npos) ||
          text.find("\xef\xbf\xbd") != std::string::npos);
  require(harmless(core::JsonWriter().value(text).str()));
  require(harmless(core::printable(text)) && harmless(core::quote_shell(text)));
  if (const auto path = core::unquote_path(text)) {
    require(core::unquote_path(core::quote_path(*path)).value_or(*path) == *path);
  }
  const std::vector<std::string> words{"streams", "shared", text.substr(0, size / 2)};
  core::nearest_word(text, words);
  if (const auto agent = core::AgentId::parse(text)) {
    require(core::AgentId::parse(agent->full()) == agent);
    require(core::same_holder(agent->full(), text));
  }
  return 0;
}
