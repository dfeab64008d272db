#pragma once
// Coding cookies (PEP 263), and the encodings that they may name.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::python {

enum class Encoding : unsigned char {
  utf8,
  ascii,
  table,    // one byte a letter: `high` says which
  bytes,    // one byte a letter, or trail bytes beyond ASCII only; the letters are not known here
  pairs,    // a lead byte takes the next one, which may look like ASCII
  shifted,  // the same for Shift JIS, in which 0xA1 to 0xDF stand alone
  unknown
};

struct Codec {
  Encoding encoding = Encoding::utf8;
  std::u16string_view
      high;  // the letters of 0x80 to 0xff; U+FFFD where there is none; empty: Latin 1
};

// What the first two lines say; nothing without a cookie.
std::optional<std::string_view> coding_cookie(std::string_view bytes);
Codec codec_of(std::string_view name);

// UTF-8 of one character.
void append_utf8(std::string& text, char32_t character);

// ---- A source made ready for the lexer.

// Zeros behind the text: a lexer may look this far beyond its end.
inline constexpr std::size_t kPadding = 64;

struct Source {
  std::string text;      // UTF-8 without its mark, lines ending at LF, then the zeros
  std::size_t size = 0;  // without the zeros
  bool foreign = false;  // bytes beyond ASCII stand for letters that are not known
  std::vector<core::Partial> partials;
};

// The bytes as CPython decodes them (PEP 263). Where it would give up, they are read as they are,
// and a partial says so.
Source read_source(std::string_view bytes);

}  // namespace gs::python
