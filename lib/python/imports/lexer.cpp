#include "lib/python/imports/lexer.h"

#include "lib/python/imports/bytes.h"
#include "lib/python/imports/strings.h"

namespace gs::python {

namespace {

// Reserved in every Python 3, and never inside brackets. `from` is, behind `yield`.
bool cannot_be_inside(std::uint64_t word) {
  switch (word) {
    case packed("import"):
    case packed("def"):
    case packed("class"):
    case packed("return"):
    case packed("while"):
    case packed("with"):
    case packed("try"):
    case packed("assert"):
    case packed("del"):
    case packed("pass"):
    case packed("raise"):
    case packed("continue"):
    case packed("global"):
    case packed("except"):
    case packed("break"):
    case packed("finally"):
    case packed("elif"):
      return true;
    default:
      return false;
  }
}

// from [dots][name.name] import
bool starts_from_import(const char* at) {
  at = skip_blanks(at);
  while (*at == '.' || is_word(*at) || is_blank(*at)) {
    if (!is_word(*at)) {
      ++at;
      continue;
    }
    const std::string_view word = word_at(at);
    if (word == "import") return true;
    at += word.size();
  }
  return false;
}

}  // namespace

bool starts_statement(const char* at) {
  at = skip_blanks(at);
  if (*at < 'a' || *at > 'w') return false;
  std::string_view word = word_at(at);
  if (word == "lazy") {
    at = skip_blanks(at + word.size());
    word = word_at(at);
    if (word != "import" && word != "from") return false;
  }
  if (word == "from") return starts_from_import(at + word.size());
  return cannot_be_inside(packed_at(at, word.size()));
}

bool Lexer::skip_space() {
  for (;;) {
    cursor_.at = skip_blanks(cursor_.at);
    if (cursor_.at >= limit_) return false;
    switch (*cursor_.at) {
      case '#':
        cursor_.at = find_newline(cursor_.at, limit_);
        break;
      case '\\':
        if (cursor_.at[1] != '\n') return true;
        cursor_.at += 2;
        ++cursor_.line;
        break;
      case '\n':
        if (depth_ == 0) return false;
        ++cursor_.at;
        ++cursor_.line;
        broken_ = starts_statement(cursor_.at);
        if (broken_) return false;
        if (is_conflict_marker(cursor_.at)) {
          marked_ = cursor_.line;
          cursor_.at = find_newline(cursor_.at, limit_);
        }
        break;
      default:
        return true;
    }
  }
}

Token Lexer::next() {
  Token token;
  if (!skip_space()) {
    token.kind = broken_ ? Token::Kind::broken : Token::Kind::end;
    token.begin = token.end = cursor_.at;
    token.line = cursor_.line;
    return token;
  }
  token.begin = cursor_.at;
  token.line = cursor_.line;
  if (is_word(*cursor_.at)) return word(token);
  return stop_of(*cursor_.at) == Stop::quote ? string(token) : sign(token);
}

Token Lexer::word(Token token) {
  cursor_.at = token.end = skip_word(cursor_.at);
  const auto length = cursor_.at - token.begin;
  if (is_digit(*token.begin)) {
    token.kind = Token::Kind::number;
  } else if (length <= 2 && stop_of(*cursor_.at) == Stop::quote &&
             token.text().find_first_not_of("rRbBuUfFtT") == std::string_view::npos) {
    return string(token);
  } else {
    token.kind = Token::Kind::name;
  }
  return token;
}

Token Lexer::string(Token token) {
  token.kind = strings_->skip(cursor_) ? Token::Kind::string : Token::Kind::broken;
  token.end = cursor_.at;
  return token;
}

Token Lexer::sign(Token token) {
  token.kind = Token::Kind::sign;
  switch (stop_of(*cursor_.at)) {
    case Stop::open:
      ++depth_;
      break;
    case Stop::close:
      if (depth_ > 0) --depth_;
      break;
    case Stop::semicolon:
      token.kind = depth_ == 0 ? Token::Kind::end : Token::Kind::broken;
      token.end = token.begin;
      return token;
    case Stop::backslash:
    case Stop::nul:
    case Stop::strange:
      token.kind = Token::Kind::broken;
      break;
    default:
      break;
  }
  token.end = ++cursor_.at;
  return token;
}

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
