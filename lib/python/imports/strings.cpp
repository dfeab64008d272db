#include "lib/python/imports/strings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utf8proc.h>

#include "lib/core/path_form.h"
#include "lib/core/text.h"
#include "lib/python/imports/bytes.h"
#include "lib/python/imports/encoding.h"
#include "lib/python/source_text.h"

namespace gs::python {

namespace {

bool is_triple(const char* quote) {
  return quote[1] == quote[0] && quote[2] == quote[0];
}

// Of few bits: without the instruction for it, std::popcount is a call.
std::uint32_t count_bits(unsigned bits) {
  std::uint32_t count = 0;
  for (; bits != 0; bits &= bits - 1) ++count;
  return count;
}

bool is_either(char c, char small) {
  return (c | 0x20) == small;
}

bool marks_format(char c) {
  return is_either(c, 'f') || is_either(c, 't');
}

}  // namespace

bool Strings::skip(SourcePlace& cursor) {
  if (is_formatted(cursor.at) && patience_ > 0) {
    const SourcePlace start = cursor;
    if (skip_formatted(cursor)) return true;
    const auto wasted = static_cast<std::size_t>(cursor.at - start.at);
    patience_ -= wasted < patience_ ? wasted : patience_;
    cursor = start;
  }
  return is_triple(cursor.at) ? skip_triple(cursor) : skip_short(cursor);
}

bool Strings::skip_short(SourcePlace& cursor) const {
  const char quote = *cursor.at;
  const char* at = cursor.at + 1;
  for (;; ++at) {
    for (;; at += 16) {
      const Bytes16 bytes = load16(at);
      const unsigned found = equal16(bytes, quote) | equal16(bytes, '\\') | equal16(bytes, '\n') |
                             equal16(bytes, '\0');
      if (found == 0) continue;
      at += std::countr_zero(found);
      break;
    }
    if (*at == quote) break;
    if (*at == '\n' || at >= end_) {
      cursor.at = at;
      return false;
    }
    if (*at != '\\') continue;
    if (at + 1 < end_) ++at;
    if (*at == '\n') ++cursor.line;
  }
  cursor.at = at + 1;
  return true;
}

bool Strings::skip_triple(SourcePlace& cursor) {
  const char quote = *cursor.at;
  bool& open = open_[quote == '\'' ? 1 : 0];
  const char* at = cursor.at + 3;
  std::uint32_t lines = 0;
  while (!open) {
    for (;; at += 16) {
      const Bytes16 bytes = load16(at);
      const unsigned newlines = equal16(bytes, '\n');
      const unsigned found = equal16(bytes, quote) | equal16(bytes, '\\') | equal16(bytes, '\0');
      if (found == 0) {
        lines += count_bits(newlines);
        continue;
      }
      const int offset = std::countr_zero(found);
      lines += count_bits(newlines & ((1U << offset) - 1));
      at += offset;
      break;
    }
    if (at >= end_) break;
    if (*at == quote && is_triple(at)) {
      cursor = {at + 3, cursor.line + lines};
      return true;
    }
    if (*at == '\\' && at + 1 < end_) ++at;
    if (*at == '\n') ++lines;
    ++at;
  }
  open = true;
  cursor.at = find_newline(cursor.at, end_);
  return false;
}

// In front of the quote stands f, t or one of them with r, and nothing more of a word.
bool Strings::is_formatted(const char* quote) const {
  const auto before = quote - begin_;
  if (before < 1 || !is_word(quote[-1])) return false;
  const bool one = before < 2 || !is_word(quote[-2]);
  if (one) return marks_format(quote[-1]);
  if (before > 2 && is_word(quote[-3])) return false;
  return (marks_format(quote[-1]) && is_either(quote[-2], 'r')) ||
         (marks_format(quote[-2]) && is_either(quote[-1], 'r'));
}

bool Strings::is_raw(const char* quote) const {
  return is_either(quote[-1], 'r') || (quote - begin_ > 1 && is_either(quote[-2], 'r'));
}

bool Strings::skip_formatted(SourcePlace& cursor) {
  levels_.clear();
  enter(cursor);
  Step step = Step::on;
  while (step == Step::on) {
    if (cursor.at >= end_) return false;
    step = levels_.back().place == Place::code ? code_step(cursor) : text_step(cursor);
  }
  return step == Step::done;
}

void Strings::fields(SourcePlace literal, std::vector<CodeRange>& into) {
  into.clear();
  while (stop_of(*literal.at) != Stop::quote) ++literal.at;
  if (!is_formatted(literal.at)) return;
  fields_ = &into;
  const bool whole = skip_formatted(literal);
  fields_ = nullptr;
  if (!whole) into.clear();
}

bool Strings::collects_fields() const {
  const auto is_text = [](const Level& level) { return level.place == Place::text; };
  return fields_ != nullptr && std::count_if(levels_.begin(), levels_.end(), is_text) == 1;
}

void Strings::begin_field(const SourcePlace& cursor) {
  if (collects_fields()) fields_->push_back({{cursor.at + 1, cursor.line}, nullptr});
}

// At the ':' or '}' behind its code.
void Strings::end_field(const SourcePlace& cursor) {
  if (collects_fields() && levels_.back().place == Place::code) fields_->back().end = cursor.at;
}

void Strings::enter(SourcePlace& cursor) {
  const bool triple = is_triple(cursor.at);
  levels_.push_back({Place::text, *cursor.at, triple, is_raw(cursor.at), 0});
  cursor.at += triple ? 3 : 1;
}

bool Strings::closes(const char* at, const Level& level) const {
  return *at == level.quote && (!level.triple || is_triple(at));
}

Strings::Step Strings::text_step(SourcePlace& cursor) {
  const Level level = levels_.back();
  const bool text = level.place == Place::text;
  if (closes(cursor.at, level)) {
    if (!text) return Step::failed;
    cursor.at += level.triple ? 3 : 1;
    levels_.pop_back();
    return levels_.empty() ? Step::done : Step::on;
  }
  switch (*cursor.at) {
    case '\\':
      skip_escape(cursor, level.raw);
      return Step::on;
    case '\n':
      if (!level.triple) return Step::failed;
      ++cursor.line;
      break;
    case '{':
      if (text && cursor.at[1] == '{') {
        ++cursor.at;
      } else {
        begin_field(cursor);
        levels_.push_back({Place::code, level.quote, level.triple, level.raw, 0});
      }
      break;
    case '}':
      if (!text) levels_.pop_back();
      break;
    default:
      break;
  }
  ++cursor.at;
  return Step::on;
}

// A brace counts even behind a backslash, but not that of \N{NAME}.
void Strings::skip_escape(SourcePlace& cursor, bool raw) const {
  const char next = cursor.at[1];
  ++cursor.at;
  if (next == '{' || next == '}') return;
  if (next == 'N' && cursor.at[1] == '{' && !raw) {
    const char* name = cursor.at + 2;
    while (is_word(*name) || *name == ' ' || *name == '-') ++name;
    if (*name == '}') cursor.at = name;
  }
  if (next == '\n') ++cursor.line;
  if (cursor.at < end_) ++cursor.at;
}

Strings::Step Strings::code_step(SourcePlace& cursor) {
  switch (stop_of(*cursor.at)) {
    case Stop::quote:
      return quote_in_code(cursor);
    case Stop::open:
      ++levels_.back().brackets;
      break;
    case Stop::close:
      return bracket_in_code(cursor);
    case Stop::comment:
      cursor.at = find_newline(cursor.at, end_);
      return Step::on;
    case Stop::newline:
      ++cursor.line;
      break;
    case Stop::semicolon:
      return Step::failed;
    case Stop::none:
      if (*cursor.at == ':' && levels_.back().brackets == 0) {
        end_field(cursor);
        levels_.back().place = Place::format;
      }
      break;
    default:
      break;
  }
  ++cursor.at;
  return Step::on;
}

Strings::Step Strings::quote_in_code(SourcePlace& cursor) {
  if (is_formatted(cursor.at)) {
    enter(cursor);
    return Step::on;
  }
  if (!is_triple(cursor.at)) return skip_short(cursor) ? Step::on : Step::failed;
  bool& open = open_[*cursor.at == '\'' ? 1 : 0];
  const bool was_open = open;
  if (skip_triple(cursor)) return Step::on;
  // This may have been the end of the string around it.
  if (!was_open) cursor.at = end_;
  open = was_open;
  return Step::failed;
}

Strings::Step Strings::bracket_in_code(SourcePlace& cursor) {
  Level& level = levels_.back();
  if (level.brackets > 0) {
    --level.brackets;
  } else if (*cursor.at == '}') {
    end_field(cursor);
    levels_.pop_back();
  } else {
    return Step::failed;
  }
  ++cursor.at;
  return Step::on;
}

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
  if (core::is_ascii(raw)) return raw;
  if (foreign_) return std::nullopt;
  std::string folded = fold_identifier(raw);
  if (!is_identifier(folded)) return std::nullopt;
  return keep(std::move(folded));
}

bool Texts::literal(std::string_view raw, std::string& value) const {
  const auto quote = std::min(raw.find_first_of("'\""), raw.size());
  const std::string_view prefix = raw.substr(0, quote);
  if (prefix.find_first_of("bBtT") != prefix.npos || (foreign_ && !core::is_ascii(raw)))
    return false;
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
