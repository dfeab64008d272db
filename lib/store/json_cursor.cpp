#include "lib/store/json_cursor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "lib/core/utf8.h"

namespace gs::store {

namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101U, kHighs = 0x8080808080808080U;

// Eight bytes as a number of which the first is the lowest, on every machine.
std::uint64_t load(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

// Not 0 when some byte is '"', '\\', a control character or above 127; of the bytes whose highest
// bit is set then, the lowest is right.
std::uint64_t unusual(std::uint64_t word) {
  const std::uint64_t quote = word ^ (kOnes * '"'), slash = word ^ (kOnes * '\\');
  return ((quote - kOnes) | (slash - kOnes) | (word - kOnes * 0x20) | word) & kHighs;
}

// How many bytes of a word stand before its first one that is not 0.
std::ptrdiff_t bytes_before(std::uint64_t word) {
  return std::countr_zero(word) / 8;
}

bool is_ordinary(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 &&
         c != '"' && c != '\\';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The number of four hexadecimal digits; nothing for other text and for surrogates.
std::optional<std::uint32_t> code_unit(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : digits.substr(0, 4)) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  if (unit >= 0xd800 && unit <= 0xdfff) return std::nullopt;
  return unit;
}

void append_utf8(std::string& out, std::uint32_t unit) {
  if (unit < 0x80) {
    out += static_cast<char>(unit);
  } else if (unit < 0x800) {
    out += static_cast<char>(0xc0U | (unit >> 6U));
    out += static_cast<char>(0x80U | (unit & 0x3fU));
  } else {
    out += static_cast<char>(0xe0U | (unit >> 12U));
    out += static_cast<char>(0x80U | ((unit >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (unit & 0x3fU));
  }
}

constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";

}  // namespace

// Indentation comes in runs.
void JsonCursor::skip_more_space() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
    ++at_;
    while (end_ - at_ >= 8) {
      const std::uint64_t others = load(at_) ^ (kOnes * ' ');
      at_ += bytes_before(others);
      if (others != 0) break;
    }
  }
}

void JsonCursor::skip_ordinary() {
  while (end_ - at_ >= 8) {
    const std::uint64_t found = unusual(load(at_));
    at_ += bytes_before(found);
    if (found != 0) return;
  }
  while (at_ != end_ && is_ordinary(*at_)) ++at_;
}

bool JsonCursor::skip_escape() {
  if (end_ - at_ < 2) return false;
  if (kEscapes.find(at_[1]) != kEscapes.npos) {
    at_ += 2;
    return true;
  }
  const std::string_view rest(at_ + 2, static_cast<std::size_t>(end_ - at_ - 2));
  if (at_[1] != 'u' || !code_unit(rest)) return false;
  at_ += 6;
  return true;
}

bool JsonCursor::skip_to_quote() {
  for (; at_ != end_ && *at_ != '"'; skip_ordinary()) {
    if (*at_ == '\\') {
      escapes_ = true;
      if (!skip_escape()) return false;
      continue;
    }
    const std::size_t length =
        core::utf8_length(std::string_view(at_, static_cast<std::size_t>(end_ - at_)));
    if (length < 2) return false;
    at_ += length;
  }
  return at_ != end_;
}

bool JsonCursor::number(std::uint64_t& number) {
  constexpr int kMostDigits = 18;
  skip_space();
  const char* const begin = at_;
  number = 0;
  while (at_ != end_ && *at_ >= '0' && *at_ <= '9' && at_ - begin < kMostDigits) {
    number = number * 10 + static_cast<std::uint64_t>(*at_++ - '0');
  }
  if (at_ == begin || (*begin == '0' && at_ - begin > 1)) return false;
  // A further digit, a fraction or an exponent.
  const bool goes_on =
      at_ != end_ && ((*at_ >= '0' && *at_ <= '9') || *at_ == '.' || *at_ == 'e' || *at_ == 'E');
  return !goes_on;
}

bool JsonCursor::boolean(bool& value) {
  skip_space();
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  value = rest.starts_with("true");
  if (!value && !rest.starts_with("false")) return false;
  at_ += value ? 4 : 5;
  return true;
}

bool JsonCursor::at_end() {
  skip_space();
  return at_ == end_;
}

std::optional<std::string> unescape_json(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t slash = std::min(text.find('\\'), text.size());
    out += text.substr(0, slash);
    text.remove_prefix(slash);
    if (text.size() < 2) break;
    if (const std::size_t simple = kEscapes.find(text[1]); simple != kEscapes.npos) {
      out += kMeanings[simple];
      text.remove_prefix(2);
      continue;
    }
    const std::optional<std::uint32_t> unit = code_unit(text.substr(2));
    if (!unit) return std::nullopt;
    append_utf8(out, *unit);
    text.remove_prefix(6);
  }
  return out;
}

namespace {

constexpr std::string_view kShape = "0000-00-00T00:00:00Z";

// Eight bytes of the shape at once: xor with `expected` leaves a digit's value, and 0 of all else;
// a byte that has more gets its high bit when `room` is added.
struct ShapeWord {
  std::uint64_t expected, room;

  bool holds(const char* bytes) const {
    const std::uint64_t apart = load(bytes) ^ expected;
    return (((apart + room) | apart) & kHighs) == 0;
  }
};

constexpr ShapeWord shape_word(std::size_t at) {
  ShapeWord word{0, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    const char c = kShape[at + i];
    word.expected |= static_cast<std::uint64_t>(c) << 8 * i;
    word.room |= std::uint64_t{c == '0' ? 0x7fU - 9U : 0x7fU} << 8 * i;
  }
  return word;
}

}  // namespace

bool is_plain_utc(std::string_view text) {
  constexpr std::size_t kLast = kShape.size() - 8;
  constexpr ShapeWord kFirstWord = shape_word(0), kNextWord = shape_word(8),
                      kLastWord = shape_word(kLast);
  if (text.size() != kShape.size()) return false;
  const char* const bytes = text.data();
  if (!kFirstWord.holds(bytes) || !kNextWord.holds(bytes + 8) || !kLastWord.holds(bytes + kLast))
    return false;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int month = two(5), day = two(8);
  return month >= 1 && month <= 12 && day >= 1 &&
         day <= kDays[static_cast<std::size_t>(month - 1)] && two(11) <= 23 && two(14) <= 59 &&
         two(17) <= 59;
}

}  // namespace gs::store
