#pragma once
// The fast way through code: to the end of a simple statement or header, whatever is in it.

#include <cstdint>
#include <vector>

#include "lib/python/imports/bytes.h"
#include "lib/python/imports/found.h"
#include "lib/python/imports/strings.h"

namespace gs::python {

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
