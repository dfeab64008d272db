#include "lib/python/imports/imports_code.h"

#include "lib/python/imports/imports_find.h"
#include "lib/python/imports/lexer.h"
#include "lib/python/imports/imports_text.h"

namespace gs::python {

Code::End Code::skip(SourcePlace& cursor) {
  code_end_ = nullptr;
  for (;;) {
    const char* at = cursor.at;
    while (stop_of(*at) == Stop::none) ++at;
    cursor.at = at;
    switch (stop_of(*at)) {
      case Stop::open:
        brackets_.push_back({*at, cursor.line});
        ++cursor.at;
        break;
      case Stop::close:
        close(cursor);
        ++cursor.at;
        break;
      case Stop::quote:
        if (const std::uint32_t line = cursor.line; !strings_->skip(cursor))
          found_->report(core::Trouble::open_string, line);
        break;
      case Stop::newline:
        if (end_line(cursor)) return End::line;
        break;
      case Stop::comment:
        if (brackets_.empty()) code_end_ = cursor.at;
        cursor.at = find_newline(cursor.at, end_);
        break;
      case Stop::semicolon:
        if (!brackets_.empty()) give_up();
        code_end_ = cursor.at;
        ++cursor.at;
        return End::semicolon;
      case Stop::nul:
        if (cursor.at >= end_) {
          if (code_end_ == nullptr) code_end_ = end_;
          give_up();
          return End::line;
        }
        ++cursor.at;
        break;
      default:
        step(cursor);
    }
  }
}

void Code::step(SourcePlace& cursor) {
  switch (stop_of(*cursor.at)) {
    case Stop::backslash:
      return join(cursor);
    case Stop::beyond:
      return look(cursor);
    case Stop::bang:
      if (cursor.at[1] != '=') strange(cursor);
      break;
    default:
      strange(cursor);
  }
  ++cursor.at;
}

bool Code::end_line(SourcePlace& cursor) {
  if (code_end_ == nullptr && brackets_.empty()) code_end_ = cursor.at;
  const char* const newline = cursor.at;
  ++cursor.at;
  ++cursor.line;
  if (brackets_.empty()) return true;
  if (starts_statement(cursor.at)) {
    code_end_ = newline;
    give_up();
    return true;
  }
  if (is_conflict_marker(cursor.at)) {
    found_->report(core::Trouble::conflict_marker, cursor.line);
    cursor.at = find_newline(cursor.at, end_);
  }
  return false;
}

void Code::close(const SourcePlace& cursor) {
  const char opening = *cursor.at == ')' ? '(' : *cursor.at == ']' ? '[' : '{';
  if (brackets_.empty() || brackets_.back().sign != opening)
    found_->report(core::Trouble::open_bracket, cursor.line);
  if (!brackets_.empty()) brackets_.pop_back();
}

void Code::join(SourcePlace& cursor) {
  ++cursor.at;
  if (*cursor.at == '\n' && cursor.at + 1 < end_) {
    ++cursor.at;
    ++cursor.line;
  } else {
    strange(cursor);
  }
}

// A word with letters beyond ASCII.
void Code::look(SourcePlace& cursor) {
  const char* first = cursor.at;
  while (first > begin_ && is_word(first[-1])) --first;
  cursor.at = skip_word(cursor.at);
  const std::string_view word(first, static_cast<std::size_t>(cursor.at - first));
  if (letters_ && !is_identifier(word)) strange(cursor);
}

void Code::give_up() {
  if (brackets_.empty()) return;
  found_->report(core::Trouble::open_bracket, brackets_.front().line);
  brackets_.clear();
}

}  // namespace gs::python
