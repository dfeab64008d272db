#pragma once
// Import statements, to the letter of the grammar.

#include <optional>
#include <string>
#include <vector>

#include "lib/core/import_facts.h"
#include "lib/python/imports/lexer.h"
#include "lib/python/imports/strings.h"

namespace gs::python {

class ImportStatement {
 public:
  explicit ImportStatement(Texts& texts) : texts_(&texts) {}

  // Reads one from `import` or `from` on, with the line of its statement. Where it ends, or nothing
  // if it makes no sense.
  std::optional<SourcePlace> read(Lexer lexer, std::uint32_t line);

  // What it imports: all with the statement's line, one for each module.
  const std::vector<core::Import>& imports() const { return imports_; }

  // The line of a conflict marker within it.
  std::optional<std::uint32_t> marked() const { return marked_; }

 private:
  bool read_plain(Lexer& lexer);
  bool read_from(Lexer& lexer);
  bool read_names(Lexer& lexer, core::Import& import);
  bool read_name(Lexer& lexer, core::ImportedName& name);
  bool read_alias(Lexer& lexer, std::string_view& alias);
  bool read_dotted(Lexer& lexer, std::string_view& text);
  bool is_name(const Token& token) const;
  void advance(Lexer& lexer) { token_ = lexer.next(); }

  Texts* texts_;
  Token token_;
  std::uint32_t line_ = 0;
  std::vector<core::Import> imports_;
  std::optional<std::uint32_t> marked_;
};

}  // namespace gs::python
