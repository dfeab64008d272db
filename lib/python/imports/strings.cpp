#include "lib/python/imports/strings.h"

#include "lib/python/imports/imports_find.h"

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
#ifdef __SSE2__
    for (;; at += 16) {
      const __m128i bytes = load16(at);
      const unsigned found = equal16(bytes, quote) | equal16(bytes, '\\') | equal16(bytes, '\n') |
                             equal16(bytes, '\0');
      if (found == 0) continue;
      at += std::countr_zero(found);
      break;
    }
#endif
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
#ifdef __SSE2__
    for (;; at += 16) {
      const __m128i bytes = load16(at);
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
#endif
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
      if (*cursor.at == ':' && levels_.back().brackets == 0) levels_.back().place = Place::format;
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
    levels_.pop_back();
  } else {
    return Step::failed;
  }
  ++cursor.at;
  return Step::on;
}

}  // namespace gs::python
