#pragma once
// The arguments of a call, as far as they are literals and plain names.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/python/imports/lexer.h"
#include "lib/python/imports/imports_text.h"

namespace gs::python {

// first.second, or first alone.
struct Path {
  std::string_view first, second;

  bool operator==(const Path&) const = default;
};

// Moves on from a name, over a path; false where that has more than two parts.
bool read_path(Lexer& lexer, Token& token, Path& path);

struct Argument {
  enum class Kind : std::uint8_t { none, text, path, number, other };

  Kind kind = Kind::none;
  std::string text;
  Path path;
  std::uint32_t number = 0;  // 0 for negative ones
};

struct Arguments {
  std::array<Argument, 5> placed;
  Argument name, package, level;  // by keyword
  bool starred = false;           // *x or **x: there may be more
};

// Reads on from behind the '('; nothing where they have no end, or a great many parts.
std::optional<Arguments> read_arguments(Lexer& lexer, const Texts& texts);

}  // namespace gs::python
