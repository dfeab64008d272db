#include "plugins/git-stream/output/ink.h"

#include <array>
#include <unistd.h>

#include "lib/core/display_width.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

namespace {

constexpr std::array<std::string_view, 7> kCodes{"", "2", "1", "32", "33", "31", "36"};

}  // namespace

Ink Ink::for_stdout() {
  return Ink(wants_colour(STDOUT_FILENO));
}

std::string Ink::operator()(Tone tone, std::string_view text) const {
  if (!colours_ || tone == Tone::plain || text.empty()) return std::string(text);
  return "\x1b[" + std::string(kCodes.at(static_cast<std::size_t>(tone))) + "m" +
         std::string(text) + "\x1b[0m";
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = core::display_width(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

std::string flowed(const std::vector<Piece>& pieces, std::string_view between, std::size_t indent,
                   std::size_t width, const Ink& ink) {
  std::string_view end = between;
  while (end.ends_with(' ')) end.remove_suffix(1);
  std::string out;
  std::size_t at = indent;
  for (const Piece& piece : pieces) {
    if (at > indent &&
        at + core::display_width(between) + core::display_width(piece.text) > width) {
      out += std::string(end) + '\n' + std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      out += between;
      at += core::display_width(between);
    }
    out += ink(piece.tone, piece.text);
    at += core::display_width(piece.text);
  }
  return out;
}

}  // namespace gs::command
