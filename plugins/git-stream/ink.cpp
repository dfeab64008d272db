#include "plugins/git-stream/ink.h"

#include <array>
#include <cstdlib>
#include <unistd.h>

namespace gs::command {

namespace {

constexpr std::array<std::string_view, 7> kCodes{"", "2", "1", "32", "33", "31", "36"};

struct Range {
  char32_t first, last;
};
// East Asian wide and fullwidth characters, and pictures.
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                           {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                           {0xff01, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                           {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
// Combining marks, joiners and variation selectors.
constexpr Range kNothing[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                              {0x64b, 0x65f},   {0x200b, 0x200f}, {0x20d0, 0x20f0},
                              {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t character) {
  for (const Range& range : ranges) {
    if (character >= range.first && character <= range.last) return true;
  }
  return false;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Ink Ink::for_stdout() {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return Ink(!is_set("NO_COLOR") && !dumb && isatty(STDOUT_FILENO) != 0);
}

std::string Ink::operator()(Tone tone, std::string_view text) const {
  if (!colours_ || tone == Tone::plain || text.empty()) return std::string(text);
  return "\x1b[" + std::string(kCodes.at(static_cast<std::size_t>(tone))) + "m" +
         std::string(text) + "\x1b[0m";
}

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    char32_t character = length == 1 ? byte : byte & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
      character = character << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    width += is_in(kWide, character) ? 2U : is_in(kNothing, character) ? 0U : 1U;
    at += length;
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

std::string flowed(const std::vector<Piece>& pieces, std::string_view between, std::size_t indent,
                   std::size_t width, const Ink& ink) {
  std::string_view end = between;
  while (end.ends_with(' ')) end.remove_suffix(1);
  std::string out;
  std::size_t at = indent;
  for (const Piece& piece : pieces) {
    if (at > indent && at + columns(between) + columns(piece.text) > width) {
      out += std::string(end) + '\n' + std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      out += between;
      at += columns(between);
    }
    out += ink(piece.tone, piece.text);
    at += columns(piece.text);
  }
  return out;
}

}  // namespace gs::command
