#pragma once
// The syntax of git's wildmatch, byte by byte: what pattern.h is built from.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gs::core {

// The characters that make git read a pathspec as more than a literal path.
inline constexpr std::string_view kGlobSpecial = "*?[\\";

// ASCII only, as git folds.
constexpr char fold_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The text, folded when case is ignored.
std::string folded(std::string_view text, bool ignore_case);

// Whether the two are equal, letter case aside when that is asked for.
bool same_text(std::string_view a, std::string_view b, bool ignore_case);

// wildmatch(pattern, text, WM_PATHNAME), with WM_CASEFOLD on request. Allocates nothing; at worst
// pattern length times text length steps. A malformed pattern matches nothing.
bool wildmatch(std::string_view pattern, std::string_view text, bool ignore_case);

// Where the run of '*' at `at` ends and what it is: "**" that crosses '/' or a plain star.
struct Stars {
  std::size_t end = 0;
  bool deep = false;
  std::size_t after_slash = 0;  // deep and followed by a slash: the position behind it
  bool may_vanish = false;      // deep and followed by an unquoted slash: "**/" may match nothing
};
Stars read_stars(std::string_view pattern, std::size_t at);

enum class BracketFault { unclosed, unknown_class };

// A bracket expression at the start of `text` ('['): its length, and whether a byte is in it.
struct Bracket {
  std::size_t length = 0;
  bool has = false;
  std::optional<BracketFault> fault;
};
// `byte` is already folded when case is ignored. A '/' is in no bracket expression.
Bracket read_bracket(std::string_view text, char byte, bool ignore_case);

}  // namespace gs::core
