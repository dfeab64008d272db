#include "lib/core/display_width.h"

#include <algorithm>
#include <array>

#include "lib/core/utf8.h"

namespace gs::core {

namespace {

struct LetterRange {
  char32_t first, last;
};
// East Asian wide and fullwidth letters, and pictures, roughly as terminals have them.
constexpr std::array kWide{
    LetterRange{0x1100, 0x115f},   LetterRange{0x2e80, 0x303e},   LetterRange{0x3041, 0xa4cf},
    LetterRange{0xac00, 0xd7a3},   LetterRange{0xf900, 0xfaff},   LetterRange{0xfe30, 0xfe6f},
    LetterRange{0xff01, 0xff60},   LetterRange{0xffe0, 0xffe6},   LetterRange{0x1f300, 0x1f64f},
    LetterRange{0x1f680, 0x1f6ff}, LetterRange{0x1f7e0, 0x1f7f0}, LetterRange{0x1f900, 0x1f9ff},
    LetterRange{0x1fa70, 0x1faff}, LetterRange{0x20000, 0x3fffd}};
// Combining marks, joiners and variation selectors.
constexpr std::array kJoining{LetterRange{0x300, 0x36f},   LetterRange{0x483, 0x489},
                              LetterRange{0x591, 0x5bd},   LetterRange{0x64b, 0x65f},
                              LetterRange{0x200b, 0x200f}, LetterRange{0x20d0, 0x20ff},
                              LetterRange{0xfe00, 0xfe0f}, LetterRange{0xfe20, 0xfe2f}};

template <std::size_t Size>
bool is_in(const std::array<LetterRange, Size>& ranges, char32_t letter) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const LetterRange& range) {
    return letter >= range.first && letter <= range.last;
  });
}

}  // namespace

Letter first_letter(std::string_view text) {
  const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
  const auto byte = static_cast<unsigned char>(text.front());
  char32_t letter = length == 1 ? byte : byte & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    letter = letter << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
  if (is_in(kJoining, letter)) return {length, 0};
  return {length, is_in(kWide, letter) ? 2U : 1U};
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Letter letter = first_letter(text);
    width += letter.columns;
    text.remove_prefix(letter.bytes);
  }
  return width;
}

}  // namespace gs::core
