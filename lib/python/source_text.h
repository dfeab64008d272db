#pragma once
// The bytes of a Python source as text that a parser can take, as CPython would read them.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::python {

struct SourceText {
  std::string text;  // UTF-8 without BOM and NUL; lines end at LF
  std::vector<core::Partial> partials;
};

// Honours the coding cookie. What cannot be read is replaced, byte by byte, and told.
SourceText source_text(std::string_view source);

// An identifier as CPython compares it: in Unicode's normal form KC. Bytes that are no UTF-8 are
// returned as they are.
std::string fold_identifier(std::string_view utf8);

}  // namespace gs::python
