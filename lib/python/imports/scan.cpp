#include "lib/python/imports/scan.h"

#include "lib/python/imports/blocks.h"
#include "lib/python/imports/bytes.h"

namespace gs::python {
namespace {

constexpr std::string_view kImport = "import";
constexpr std::uint64_t kImportWord = packed(kImport), kFromWord = packed("from"),
                        kAsyncWord = packed("async"), kLazyWord = packed("lazy");

std::optional<Header> header_of(std::uint64_t word) {
  switch (word) {
    case packed("if"):
      return Header::if_;
    case packed("elif"):
      return Header::elif;
    case packed("else"):
      return Header::else_;
    case packed("try"):
      return Header::try_;
    case packed("except"):
      return Header::except;
    case packed("finally"):
      return Header::finally;
    case packed("for"):
    case packed("while"):
      return Header::loop;
    case packed("with"):
      return Header::with;
    case packed("def"):
      return Header::def;
    case packed("class"):
      return Header::class_;
    case packed("match"):
    case packed("case"):
      return Header::soft;
    default:
      return std::nullopt;
  }
}

// Blanks and joined lines.
void skip_joins(SourcePlace& cursor) {
  for (;;) {
    cursor.at = skip_blanks(cursor.at);
    if (*cursor.at != '\\' || cursor.at[1] != '\n') return;
    cursor.at += 2;
    ++cursor.line;
  }
}

bool follows_async(std::string_view word) {
  return word == "def" || word == "with" || word == "for";
}

}  // namespace

Scan::Scan(const Source& source, Texts& texts, Found& found, bool every_call)
    : begin_(source.text.data()),
      end_(begin_ + source.size),
      found_(&found),
      strings_(begin_, end_),
      code_(begin_, end_, !source.foreign, strings_, found),
      blocks_(found),
      statement_(texts),
      calls_(strings_, texts, found, end_),
      every_call_(every_call),
      cursor_{begin_, 1},
      next_import_(find_import(begin_, end_)) {}

bool Scan::run() {
  while (next_line()) statements();
  blocks_.finish(cursor_.line);
  return calls_.finish() || every_call_;
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
  const SourcePlace begin = cursor_;
  if (*begin.at < 'a' || *begin.at > 'z') return plain(begin);
  std::size_t size = word_at(begin.at).size();
  std::uint64_t word = packed_at(begin.at, size);
  if (word == kImportWord || word == kFromWord) return import(begin, begin.line);
  if (word == kLazyWord) {  // of Python 3.15; a name anywhere else
    SourcePlace second{begin.at + size, begin.line};
    skip_joins(second);
    const std::string_view next = word_at(second.at);
    if (next == kImport || next == "from") return import(second, begin.line);
  }
  if (word == kAsyncWord) {
    SourcePlace second{begin.at + size, begin.line};
    skip_joins(second);
    size = word_at(second.at).size();
    if (!follows_async({second.at, size})) return plain(begin);
    word = packed_at(second.at, size);
    cursor_ = second;
  }
  const auto found = header_of(word);
  if (!found) return plain(begin);
  cursor_.at += size;
  return header(*found, begin, cursor_);
}

Code::End Scan::plain(SourcePlace begin) {
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

Code::End Scan::import(SourcePlace begin, std::uint32_t line) {
  if (!simple_) blocks_.simple();
  if (const auto end = statement_.read(Lexer(strings_, begin, end_), line)) {
    for (const core::Import& import : statement_.imports()) {
      found_->add(import, context_);
      calls_.bind(import, context_.scope);
    }
    if (statement_.marked()) found_->report(core::Trouble::conflict_marker, *statement_.marked());
    cursor_ = *end;
  } else {
    found_->report(core::Trouble::unreadable_import, begin.line);
    cursor_ = begin;
    cursor_.at += kImport[0] == *begin.at ? kImport.size() : 4;
  }
  const Code::End end = code_.skip(cursor_);
  if (next_import_ < cursor_.at) next_import_ = find_import(cursor_.at, end_);
  return end;
}

Context Scan::open(Header header, SourcePlace begin, SourcePlace text, const char* end) {
  Test test;
  const Lexer lexer(strings_, text, end);
  const std::string_view whole(text.at, static_cast<std::size_t>(end - text.at));
  const auto holds = [&](std::string_view word) { return whole.find(word) != whole.npos; };
  if ((header == Header::if_ || header == Header::elif) && holds("TYPE_CHECKING"))
    test = read_condition(lexer);
  if (header == Header::except) test = read_handler(lexer);
  if (header == Header::with && (holds("aises") || holds("suppress"))) test = read_entered(lexer);
  return blocks_.open(header, test, begin.line);
}

Code::End Scan::header(Header header, SourcePlace begin, SourcePlace text) {
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
Code::End Scan::suite(Header header, SourcePlace begin, SourcePlace text, Code::End end) {
  const char* const limit = code_.end();
  const bool soft = header == Header::soft;
  // `match` and `case` are mostly names: only what may hide an import is worth the search.
  const bool plain = soft && next_import_ >= limit && !every_call_;
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
  if (next_import_ < limit || every_call_) {
    calls_.read(begin, colon->at, outer);
    look_for_word(begin, colon->at);
  }
  context_ = open(header, begin, text, colon->at);
  cursor_ = {colon->at + 1, colon->line};
  return Code::End::semicolon;
}

// The ':' that ends a header: not that of a lambda, nor of ':='.
std::optional<SourcePlace> Scan::find_colon(SourcePlace text, const char* limit) {
  Lexer lexer(strings_, text, limit);
  std::uint32_t lambdas = 0;
  for (;;) {
    const Token token = lexer.next();
    if (token.is_last()) return std::nullopt;
    if (lexer.depth() != 0) continue;
    if (token.is("lambda")) ++lambdas;
    if (!token.is(':') || *token.end == '=') continue;
    if (lambdas == 0) return SourcePlace{token.begin, token.line};
    --lambdas;
  }
}

// What a statement that imports nothing may hide. The names of the calls that import hold "import",
// if no alias is about.
void Scan::look(SourcePlace begin, const Context& context) {
  const char* const end = code_.end();
  const bool near = next_import_ < end;
  if (!near && !every_call_) return;
  bool word = false;
  for (; next_import_ < end; next_import_ = find_import(next_import_ + kImport.size(), end_)) {
    word = word || (next_import_ >= begin.at && !is_word(next_import_[kImport.size()]) &&
                    (next_import_ == begin_ || !is_word(next_import_[-1])));
  }
  calls_.read(begin, end, context);
  if (word) look_for_word(begin, end);
}

void Scan::look_for_word(SourcePlace begin, const char* end) {
  Lexer lexer(strings_, begin, end);
  for (Token token = lexer.next(); !token.is_last(); token = lexer.next()) {
    if (token.is(kImport)) return found_->report(core::Trouble::unreadable_import, token.line);
  }
}

}  // namespace gs::python
