#include "lib/syntax/imports_scan.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/syntax/imports_tests.h"

namespace gs::syntax {
namespace {

constexpr std::string_view kImport = "import";

const char* find_text(const char* from, const char* to, std::string_view text) {
  return static_cast<const char*>(
      ::memmem(from, static_cast<std::size_t>(to - from), text.data(), text.size()));
}

std::optional<Header> header_of(std::string_view word) {
  struct Row {
    std::string_view word;
    Header header;
  };
  static constexpr std::array<Row, 13> kRows{{{"if", Header::if_},
                                              {"def", Header::def},
                                              {"for", Header::loop},
                                              {"elif", Header::elif},
                                              {"else", Header::else_},
                                              {"try", Header::try_},
                                              {"except", Header::except},
                                              {"with", Header::with},
                                              {"class", Header::class_},
                                              {"while", Header::loop},
                                              {"case", Header::soft},
                                              {"match", Header::soft},
                                              {"finally", Header::finally}}};
  if (word.size() < 2 || word.size() > 7) return std::nullopt;
  for (const Row& row : kRows) {
    if (row.word == word) return row.header;
  }
  return std::nullopt;
}

// Blanks and joined lines.
void skip_joins(Cursor& cursor) {
  for (;;) {
    cursor.at = skip_blanks(cursor.at);
    if (*cursor.at != '\\' || cursor.at[1] != '\n') return;
    cursor.at += 2;
    ++cursor.line;
  }
}

bool is_def(std::string_view word) {
  return word == "def" || word == "with" || word == "for";
}

}  // namespace

Scan::Scan(const Source& source, Found& found)
    : begin_(source.text.data()),
      end_(begin_ + source.size),
      found_(&found),
      texts_(source.foreign),
      strings_(begin_, end_),
      code_(begin_, end_, !source.foreign, strings_, found),
      blocks_(found),
      statement_(texts_),
      cursor_{begin_, 1},
      next_import_(find_import(begin_)) {
  if (find_text(begin_, end_, "import_module") != nullptr ||
      find_text(begin_, end_, "__import__") != nullptr)
    calls_.emplace(strings_, texts_, found, end_);
}

void Scan::run() {
  while (next_line()) statements();
  blocks_.finish(cursor_.line);
  if (calls_) calls_->finish();
}

const char* Scan::find_import(const char* from) const {
  const char* const found = from < end_ ? find_text(from, end_, kImport) : nullptr;
  return found == nullptr ? end_ : found;
}

// Columns as CPython counts them; a form feed starts anew. False on a line without code.
bool Scan::measure(std::uint32_t& column, std::uint32_t& narrow) {
  for (;; ++cursor_.at) {
    if (*cursor_.at == ' ') {
      ++column;
      ++narrow;
    } else if (*cursor_.at == '\t') {
      column = (column / 8 + 1) * 8;
      ++narrow;
    } else if (*cursor_.at == '\f') {
      column = narrow = 0;
    } else {
      break;
    }
  }
  if (*cursor_.at == '\\' && cursor_.at[1] == '\n') skip_joins(cursor_);
  return *cursor_.at != '\n' && *cursor_.at != '#' && cursor_.at < end_;
}

// Stands at the start of a physical line; moves to the next one's code.
bool Scan::next_line() {
  while (cursor_.at < end_) {
    std::uint32_t column = 0, narrow = 0;
    const bool marker = is_conflict_marker(cursor_.at);
    if (marker) {
      found_->report(core::Trouble::conflict_marker, cursor_.line);
    } else if (measure(column, narrow)) {
      blocks_.indent(column, narrow, cursor_.line);
      return true;
    }
    cursor_.at = find_newline(cursor_.at, end_);
    if (cursor_.at == end_) break;
    ++cursor_.at;
    ++cursor_.line;
  }
  return false;
}

void Scan::statements() {
  context_ = blocks_.here();
  simple_ = false;
  while (statement() == Code::End::semicolon) {
    simple_ = true;
    skip_joins(cursor_);
  }
}

Code::End Scan::statement() {
  const Cursor begin = cursor_;
  if (*begin.at < 'a' || *begin.at > 'z') return plain(begin);
  std::string_view word = word_at(begin.at);
  if (word == kImport || word == "from") return import(begin);
  if (word == "async") {
    Cursor second{begin.at + word.size(), begin.line};
    skip_joins(second);
    if (!is_def(word_at(second.at))) return plain(begin);
    cursor_ = second;
    word = word_at(second.at);
  }
  const auto found = header_of(word);
  if (!found) return plain(begin);
  cursor_.at += word.size();
  return header(*found, begin, cursor_);
}

Code::End Scan::plain(Cursor begin) {
  if (!simple_) blocks_.simple();
  const Code::End end = code_.skip(cursor_);
  look(begin, context_);
  if (end == Code::End::semicolon) return end;
  const char* last = code_.end();
  while (last > begin.at && is_blank(last[-1])) --last;
  if (last > begin.at && last[-1] == ':') {
    // A header whose first word is unknown.
    found_->report(core::Trouble::syntax, begin.line);
    blocks_.expect(context_, false);
  }
  return end;
}

Code::End Scan::import(Cursor begin) {
  if (!simple_) blocks_.simple();
  if (const auto end = statement_.read(Lexer(strings_, begin, end_))) {
    for (const core::Import& import : statement_.imports()) {
      found_->add(import, context_);
      if (calls_) calls_->bind(import, context_.scope);
    }
    if (statement_.marked()) found_->report(core::Trouble::conflict_marker, *statement_.marked());
    cursor_ = *end;
  } else {
    found_->report(core::Trouble::unreadable_import, begin.line);
    cursor_.at += kImport[0] == *begin.at ? kImport.size() : 4;
  }
  const Code::End end = code_.skip(cursor_);
  if (next_import_ < cursor_.at) next_import_ = find_import(cursor_.at);
  return end;
}

Context Scan::open(Header header, Cursor begin, Cursor text, const char* end) {
  Test test;
  const Lexer lexer(strings_, text, end);
  if ((header == Header::if_ || header == Header::elif) &&
      find_text(text.at, end, "TYPE_CHECKING") != nullptr)
    test = read_condition(lexer);
  if (header == Header::except) test = read_handler(lexer);
  return blocks_.open(header, test, begin.line);
}

Code::End Scan::header(Header header, Cursor begin, Cursor text) {
  // Only on a line of its own: in `if a: if b: …` nothing is looked for, it is no Python.
  if (simple_) {
    if (header != Header::soft) found_->report(core::Trouble::syntax, begin.line);
    return plain(begin);
  }
  const Code::End end = code_.skip(cursor_);
  const char* last = code_.end();
  while (last > text.at && is_blank(last[-1])) --last;
  if (end == Code::End::semicolon || last == text.at || last[-1] != ':')
    return suite(header, begin, text, end);
  context_ = blocks_.around(header);
  look(begin, context_);
  blocks_.expect(open(header, begin, text, last - 1), true);
  return end;
}

// A header with its body on the same line, or without its ':'.
Code::End Scan::suite(Header header, Cursor begin, Cursor text, Code::End end) {
  const char* const limit = code_.end();
  const bool soft = header == Header::soft;
  // `match` and `case` are mostly names: only what may hide an import is worth the search.
  const bool plain = soft && next_import_ >= limit && !calls_;
  const auto colon = plain ? std::nullopt : find_colon(text, limit);
  if (!colon && soft) {
    blocks_.simple();
    look(begin, context_);
    return end;
  }
  if (!colon) {
    found_->report(core::Trouble::syntax, begin.line);
    look(begin, context_);
    blocks_.expect(open(header, begin, text, limit), false);
    return end;
  }
  const Context outer = blocks_.around(header);
  if (calls_) calls_->read(begin, colon->at, outer);
  context_ = open(header, begin, text, colon->at);
  cursor_ = {colon->at + 1, colon->line};
  return Code::End::semicolon;
}

// The ':' that ends a header: not that of a lambda, nor of ':='.
std::optional<Cursor> Scan::find_colon(Cursor text, const char* limit) {
  Lexer lexer(strings_, text, limit);
  std::uint32_t lambdas = 0;
  for (;;) {
    const Token token = lexer.next();
    if (token.is_last()) return std::nullopt;
    if (lexer.depth() != 0) continue;
    if (token.is("lambda")) ++lambdas;
    if (!token.is(':') || *token.end == '=') continue;
    if (lambdas == 0) return Cursor{token.begin, token.line};
    --lambdas;
  }
}

// What a statement that imports nothing may hide.
void Scan::look(Cursor begin, const Context& context) {
  const char* const end = code_.end();
  if (calls_) calls_->read(begin, end, context);
  if (next_import_ < end && has_import(begin.at, end)) {
    Lexer lexer(strings_, begin, end);
    for (;;) {
      const Token token = lexer.next();
      if (token.is_last()) break;
      if (!token.is(kImport)) continue;
      found_->report(core::Trouble::unreadable_import, token.line);
      break;
    }
  }
}

// Whether the word is there, in code or not; what is behind needs no second look.
bool Scan::has_import(const char* from, const char* to) {
  bool found = false;
  for (; next_import_ < to; next_import_ = find_import(next_import_ + kImport.size())) {
    found = found || (next_import_ >= from && !is_word(next_import_[kImport.size()]) &&
                      (next_import_ == begin_ || !is_word(next_import_[-1])));
  }
  return found;
}

}  // namespace gs::syntax
