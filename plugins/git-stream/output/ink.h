#pragma once
// Text for a screen: colours where they are wanted, and columns as they are seen.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gs::command {

enum class Tone { plain, faint, strong, good, busy, bad, fresh };

class Ink {
 public:
  explicit Ink(bool colours) : colours_(colours) {}
  // Colours where they are wanted on stdout.
  static Ink for_stdout();

  std::string operator()(Tone tone, std::string_view text) const;

 private:
  bool colours_;
};

// With blanks after it, up to so many columns.
std::string padded(std::string_view text, std::size_t width);

// Pieces with `between` them, in lines of at most `width` columns where that can be; the lines
// after the first are indented so that they begin below it, at `indent`. A piece is never parted.
struct Piece {
  std::string text;         // as it is measured
  Tone tone = Tone::plain;  // as it is shown
};
std::string flowed(const std::vector<Piece>& pieces, std::string_view between, std::size_t indent,
                   std::size_t width, const Ink& ink);

}  // namespace gs::command
