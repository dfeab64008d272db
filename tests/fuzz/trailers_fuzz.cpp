// Any bytes, as a commit's message.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/trailers.h"

namespace core = gs::core;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const core::Trailer added{"Agent", "agent-F1"};
  for (const char* comment : {"#", ";", "//", ""}) {
    const auto before = core::read_trailers(text, {comment});
    const std::string once = core::add_trailers(text, {added}, {comment});
    require(once.size() >= text.size());
    if (core::blank_message(text, {comment})) continue;  // it would be the title
    const auto after = core::read_trailers(once, {comment});
    const auto is_agent = [](const core::Trailer& trailer) {
      return trailer.key.size() == 5 && (trailer.key[0] == 'A' || trailer.key[0] == 'a');
    };
    require(once == text || std::find(after.begin(), after.end(), added) != after.end());
    require(after.size() >= before.size());
    require(std::any_of(after.begin(), after.end(), is_agent));
    require(core::add_trailers(once, {added}, {comment}) == once);
  }
  return 0;
}
