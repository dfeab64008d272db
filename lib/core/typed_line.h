#pragma once
// A command line that is being typed in bash, up to the cursor, for completion.

#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

struct TypedLine {
  std::vector<std::string> words;  // without their quotes; the last is being typed, perhaps empty
  // Readline puts a completion in the place of a part of the last word only: what follows so many
  // bytes of it (without quotes), inside this quotation mark (0: none).
  std::size_t kept = 0;
  char quote = 0;
};

// Reads any bytes: quotes and escapes as bash has them (', ", \, $'…'); expands nothing. `breaks`:
// where readline divides words besides, $COMP_WORDBREAKS.
TypedLine read_typed_line(std::string_view line, std::string_view breaks);

// What is to be typed for the text, inside that quotation mark.
std::string quote_typed(std::string_view text, char quote);

}  // namespace gs::core
