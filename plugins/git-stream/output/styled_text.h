#pragma once
// Lines for a terminal: columns that line up, colours, and an end at its right edge.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gs::command {

enum class Style { plain, strong, faint, good, busy, bad };

struct Span {
  std::string text;  // printable: no control characters
  Style style = Style::plain;
};
using Line = std::vector<Span>;

// At most that many columns; what is cut ends in "…".
std::string cut_to_width(std::string_view text, std::size_t columns);

// Without blanks at its end. `columns` 0: as long as it is.
std::string render(const Line& line, std::size_t columns, bool colour);

// Pads the cells of each column to the same width, two blanks between them. Columns named in
// `to_right` have their text there. A line of one cell is left as it is.
void align(std::vector<Line>& rows, const std::vector<std::size_t>& to_right);

// The terminal's columns and rows; 0 when the descriptor is none.
struct TerminalSize {
  std::size_t columns = 0, rows = 0;
};
TerminalSize terminal_size(int descriptor);
// On a terminal that can, and nobody has set NO_COLOR.
bool wants_colour(int descriptor);

// ---- Text for a screen: colours where they are wanted, and columns as they are seen.

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
