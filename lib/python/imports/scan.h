#pragma once
// A whole source, statement by statement.

#include <optional>
#include <string_view>

#include "lib/python/imports/blocks.h"
#include "lib/python/imports/encoding.h"
#include "lib/python/imports/found.h"
#include "lib/python/imports/import_calls.h"
#include "lib/python/imports/lexer.h"
#include "lib/python/imports/statement.h"

namespace gs::python {

class Scan {
 public:
  // `every_call`: each statement is looked at for calls, not only where "import" can be read.
  // The texts must live as long as what is found.
  Scan(const Source& source, Texts& texts, Found& found, bool every_call);

  // False when calls may have been missed, because what imports goes by another name.
  bool run();

 private:
  bool next_line();
  bool measure(std::uint32_t& column, std::uint32_t& narrow);
  void statements();
  Code::End statement();
  Code::End plain(SourcePlace begin);
  // From `import` or `from` on; the statement begins on that line.
  Code::End import(SourcePlace begin, std::uint32_t line);
  Code::End header(Header header, SourcePlace begin, SourcePlace text);
  Code::End suite(Header header, SourcePlace begin, SourcePlace text, Code::End end);
  std::optional<SourcePlace> find_colon(SourcePlace text, const char* limit);
  Context open(Header header, SourcePlace begin, SourcePlace text, const char* end);
  void look(SourcePlace begin, const Context& context);
  void look_for_word(SourcePlace begin, const char* end);

  const char* begin_;
  const char* end_;
  Found* found_;
  Strings strings_;
  Code code_;
  Blocks blocks_;
  ImportStatement statement_;
  Calls calls_;
  bool every_call_;
  SourcePlace cursor_;
  Context context_;          // of the current statement
  bool simple_ = false;      // only simple statements may follow on this line
  const char* next_import_;  // the next "import" in the source, in whatever word or text
};

}  // namespace gs::python
