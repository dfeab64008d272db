#pragma once
// The tokens of one logical line, for the few lines that are looked at closely.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/python/imports/bytes.h"
#include "lib/python/imports/found.h"
#include "lib/python/imports/strings.h"

namespace gs::python {

struct Token {
  enum class Kind : std::uint8_t { name, number, string, sign, end, broken };

  Kind kind = Kind::end;
  std::uint32_t line = 0;
  const char* begin = nullptr;
  const char* end = nullptr;  // of the token; of `end` and `broken`: where reading goes on

  std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
  // Nothing follows, or nothing that could be read.
  bool is_last() const { return kind == Kind::end || (kind == Kind::broken && begin == end); }
  bool is(char sign) const { return kind == Kind::sign && *begin == sign; }
  bool is(std::string_view name) const { return kind == Kind::name && text() == name; }
};

// Whether a line inside brackets starts with what cannot stand there: the bracket was left open.
bool starts_statement(const char* at);

// Signs are single bytes. Outside brackets a line's end and a ';' are `end` (and remain unread), as
// is the limit; a string or bracket without its end is `broken`, as is what Python does not know.
class Lexer {
 public:
  Lexer(Strings& strings, SourcePlace from, const char* limit, std::uint32_t depth = 0)
      : strings_(&strings), cursor_(from), limit_(limit), depth_(depth) {}

  Token next();
  std::uint32_t depth() const { return depth_; }                   // of open brackets
  std::optional<std::uint32_t> marked() const { return marked_; }  // a conflict marker's line

 private:
  bool skip_space();  // false at the end of the logical line, or where it is broken
  Token word(Token token);
  Token string(Token token);
  Token sign(Token token);

  Strings* strings_;
  SourcePlace cursor_;
  const char* limit_;
  std::uint32_t depth_;
  bool broken_ = false;
  std::optional<std::uint32_t> marked_;
};

// ---- The fast way through code: to the end of a simple statement or header, whatever is in it.

class Code {
 public:
  // `letters`: what stands beyond ASCII is UTF-8, and is looked at.
  Code(const char* begin, const char* end, bool letters, Strings& strings, Found& found)
      : begin_(begin), end_(end), letters_(letters), strings_(&strings), found_(&found) {}

  enum class End : std::uint8_t { line, semicolon };

  // Moves a cursor behind the ';' or the line's end that ends the statement. A bracket that is left
  // open ends where a line starts with what cannot stand in it.
  End skip(SourcePlace& cursor);

  // Where the code that was skipped last ends: comments are behind it.
  const char* end() const { return code_end_; }

 private:
  struct Bracket {
    char sign;
    std::uint32_t line;
  };

  void step(SourcePlace& cursor);
  bool end_line(SourcePlace& cursor);
  void close(const SourcePlace& cursor);
  void join(SourcePlace& cursor);
  void look(SourcePlace& cursor);
  void give_up();
  void strange(const SourcePlace& cursor) { found_->report(core::Trouble::syntax, cursor.line); }

  const char* begin_;
  const char* end_;
  bool letters_;
  Strings* strings_;
  Found* found_;
  const char* code_end_ = nullptr;
  std::vector<Bracket> brackets_;
};

}  // namespace gs::python
