#include "lib/core/text.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <vector>

namespace gs::core {

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

char32_t first_character(std::string_view text) {
  const std::size_t length = utf8_length(text);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length <= 1) return byte(0);
  char32_t character = byte(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) character = character << 6U | (byte(i) & 0x3fU);
  return character;
}

namespace {

bool between(char32_t character, char32_t first, char32_t last) {
  return character >= first && character <= last;
}

}  // namespace

bool starts_with_control(std::string_view text) {
  if (text.empty()) return false;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first < 0x20 || first == 0x7f;
  if (utf8_length(text) == 0) return false;
  const char32_t character = first_character(text);
  return between(character, 0x80, 0x9f) || character == 0x61c || character == 0x200b ||
         between(character, 0x200e, 0x200f) || between(character, 0x2028, 0x202e) ||
         between(character, 0x2060, 0x206f) || character == 0xfeff ||
         between(character, 0xe0000, 0xe007f);
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

namespace {

// git's letters for C escapes (quote.c); 0 where it uses octal.
char escape_letter(unsigned char byte) {
  switch (byte) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\v':
      return 'v';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    case '"':
      return '"';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

void append_quoted(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (const char letter = escape_letter(byte)) {
      out += '\\';
      out += letter;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string quote_path(std::string_view path) {
  std::string out;
  bool quoted = false;
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(rest), 1);
    if (length > 1 && !starts_with_control(rest)) {
      out += rest.substr(0, length);
    } else {
      const std::size_t before = out.size();
      append_quoted(out, rest.substr(0, length));
      quoted |= out.size() != before + length;
    }
    rest.remove_prefix(length);
  }
  return quoted ? '"' + out + '"' : out;
}

std::optional<std::string> unquote_path(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
  quoted = quoted.substr(1, quoted.size() - 2);
  std::string out;
  while (!quoted.empty()) {
    const char c = quoted.front();
    quoted.remove_prefix(1);
    if (c == '"') return std::nullopt;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (quoted.empty()) return std::nullopt;
    constexpr std::string_view kLetters = "abtnvfr\"\\", kBytes = "\a\b\t\n\v\f\r\"\\";
    if (const auto letter = kLetters.find(quoted.front()); letter != kLetters.npos) {
      out += kBytes[letter];
      quoted.remove_prefix(1);
      continue;
    }
    const auto octal = [&](std::size_t i) { return quoted[i] >= '0' && quoted[i] <= '7'; };
    if (quoted.size() < 3 || quoted[0] > '3' || !octal(0) || !octal(1) || !octal(2))
      return std::nullopt;
    out += static_cast<char>((quoted[0] - '0') * 64 + (quoted[1] - '0') * 8 + (quoted[2] - '0'));
    quoted.remove_prefix(3);
  }
  return out;
}

std::string json_path(std::string_view path) {
  if (!path.starts_with('"') && is_utf8(path)) return std::string(path);
  std::string out = "\"";
  append_quoted(out, path);
  return out + '"';
}

std::string path_from_json(std::string_view text) {
  if (text.starts_with('"')) {
    if (std::optional<std::string> path = unquote_path(text)) return *path;
  }
  return std::string(text);
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || starts_with_control(text)) {
      out += '?';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    out += printable(text.substr(0, end));
    if (end == text.npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string_view take_part(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::string_view take_line(std::string_view& text) {
  return take_part(text, '\n');
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string quote_shell(std::string_view word) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), safe)) return std::string(word);
  // What a terminal might obey goes into $'…', where it can be written in escapes.
  const bool escaped = printable(word) != word;
  std::string out = escaped ? "$'" : "'";
  for (const char c : word) {
    if (c == '\'') {
      out += escaped ? "\\'" : "'\\''";
    } else if (escaped && c != '"') {
      append_quoted(out, std::string_view(&c, 1));
    } else {
      out += c;
    }
  }
  return out + '\'';
}

namespace {

// Optimal string alignment: insertions, deletions, substitutions, swaps of neighbours.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string cut_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::optional<std::string> nearest_word(std::string_view word,
                                        std::span<const std::string> candidates) {
  constexpr std::size_t kLongest = 100;  // a longer word is no slip of the finger
  if (word.size() > kLongest) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t fewest = 0;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::size_t count = edits(lower(word), lower(candidate));
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    if (count > allowed || count >= std::max(word.size(), candidate.size())) continue;
    if (best == nullptr || count < fewest) {
      best = &candidate;
      fewest = count;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

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
