#pragma once
// A source made ready for the lexer.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::python {

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
