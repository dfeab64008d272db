#include "lib/python/imports/imports_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utf8proc.h>

#include "lib/core/utf8.h"
#include "lib/python/identifier.h"
#include "lib/python/imports/bytes.h"
#include "lib/python/imports/encoding.h"

namespace gs::python {
namespace {

const utf8proc_uint8_t* as_bytes(const char* text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text);
}

// Other_ID_Start and Other_ID_Continue of Unicode, which no category tells.
constexpr std::array<utf8proc_int32_t, 4> kOtherStart{0x1885, 0x1886, 0x2118, 0x212e};
constexpr std::array<utf8proc_int32_t, 13> kOtherContinue{0xb7,   0x387,  0x1369, 0x136a, 0x136b,
                                                          0x136c, 0x136d, 0x136e, 0x136f, 0x1370,
                                                          0x1371, 0x19da, 0x30fb};

bool starts_identifier(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
      return true;
    default:
      return c == '_' || std::find(kOtherStart.begin(), kOtherStart.end(), c) != kOtherStart.end();
  }
}

bool continues_identifier(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return starts_identifier(c) ||
             std::find(kOtherContinue.begin(), kOtherContinue.end(), c) != kOtherContinue.end();
  }
}

// The escapes of Python's strings that stand for one character each.
constexpr std::string_view kEscapes = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";

// Reads up to `most` digits of a base; nothing when there are fewer than `least`.
std::optional<char32_t> digits(std::string_view& text, unsigned base, std::size_t least,
                               std::size_t most) {
  char32_t value = 0;
  std::size_t count = 0;
  for (; count < most && count < text.size(); ++count) {
    const char c = text[count];
    const char small = static_cast<char>(c | 0x20);
    const unsigned digit = is_digit(c)                    ? static_cast<unsigned>(c - '0')
                           : small >= 'a' && small <= 'f' ? static_cast<unsigned>(small - 'a') + 10
                                                          : base;
    if (digit >= base) break;
    value = value * base + digit;
  }
  text.remove_prefix(count);
  if (count < least) return std::nullopt;
  return value;
}

// What stands behind a backslash. False where it is no character that UTF-8 has.
bool escape(std::string_view& text, std::string& value) {
  const char c = text.front();
  if (c >= '0' && c <= '7') {
    append_utf8(value, *digits(text, 8, 1, 3));
    return true;
  }
  text.remove_prefix(1);
  if (c == '\n') return true;
  if (c == 'N') return false;  // a name of Unicode's: no module is called so
  if (c == 'x' || c == 'u' || c == 'U') {
    const std::size_t length = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    const auto character = digits(text, 16, length, length);
    if (!character || *character > 0x10ffff || (*character >= 0xd800 && *character < 0xe000))
      return false;
    append_utf8(value, *character);
    return true;
  }
  for (std::size_t i = 0; i < kEscapes.size(); i += 2) {
    if (kEscapes[i] != c) continue;
    value += kEscapes[i + 1];
    return true;
  }
  value += '\\';
  value += c;
  return true;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return byte(c) < 0x80; });
}

bool is_identifier(std::string_view text) {
  bool first = true;
  for (std::size_t at = 0; at < text.size(); first = false) {
    if (core::utf8_length(text.substr(at)) == 0) return false;
    utf8proc_int32_t c = 0;
    at += static_cast<std::size_t>(utf8proc_iterate(
        as_bytes(text.data() + at), static_cast<utf8proc_ssize_t>(text.size() - at), &c));
    if (first ? !starts_identifier(c) : !continues_identifier(c)) return false;
  }
  return !first;
}

std::optional<std::string_view> Texts::identifier(std::string_view raw) {
  if (raw.empty() || is_digit(raw.front())) return std::nullopt;
  if (is_ascii(raw)) return raw;
  if (foreign_) return std::nullopt;
  std::string folded = fold_identifier(raw);
  if (!is_identifier(folded)) return std::nullopt;
  return keep(std::move(folded));
}

bool Texts::literal(std::string_view raw, std::string& value) const {
  const auto quote = std::min(raw.find_first_of("'\""), raw.size());
  const std::string_view prefix = raw.substr(0, quote);
  if (prefix.find_first_of("bBtT") != prefix.npos || (foreign_ && !is_ascii(raw))) return false;
  const bool formatted = prefix.find_first_of("fF") != prefix.npos;
  const bool plain = prefix.find_first_of("rR") != prefix.npos;
  const std::string_view text = raw.substr(quote);
  const std::size_t quotes = text.size() >= 6 && text[1] == text[0] && text[2] == text[0] ? 3 : 1;
  std::string_view rest = text.substr(quotes, text.size() - 2 * quotes);
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (formatted && (c == '{' || c == '}')) {
      if (!rest.starts_with(c)) return false;
      rest.remove_prefix(1);
    }
    if (c != '\\' || plain) {
      value += c;
    } else if (rest.empty() || !escape(rest, value)) {
      return false;
    }
  }
  return true;
}

std::string_view Texts::keep(std::string text) {
  return kept_.emplace_back(std::move(text));
}

}  // namespace gs::python
