#pragma once

#include <cstddef>
#include <string_view>

namespace gs::core {

// The length in bytes (1 to 4) of the well-formed UTF-8 sequence (RFC 3629: no surrogates, no
// overlong forms) that the text starts with; 0 when there is none.
std::size_t utf8_length(std::string_view text);

// Whether the text starts with a character that terminals may obey: C0, DEL, or C1 as UTF-8.
bool starts_with_control(std::string_view text);

}  // namespace gs::core
