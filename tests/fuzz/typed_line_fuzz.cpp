// Any bytes are a line that is being typed; each of its words, typed again, is that word.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/typed_line.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kBreaks = " \t\n\"'><=;|&(:";
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const gs::core::TypedLine typed = gs::core::read_typed_line(line, kBreaks);
  if (typed.words.empty() || typed.kept > typed.words.back().size()) std::abort();
  for (const std::string& word : typed.words) {
    for (const char quote : {'\0', '\'', '"'}) {
      const std::string start = quote == 0 ? "" : std::string(1, quote);
      const std::string again = start + gs::core::quote_typed(word, quote);
      const auto words = gs::core::read_typed_line(again, kBreaks).words;
      if (words.size() != 1 || words.front() != word) std::abort();
    }
  }
  return 0;
}
