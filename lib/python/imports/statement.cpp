#include "lib/python/imports/statement.h"

#include <algorithm>
#include <array>

namespace gs::python {
namespace {

// `async`, `await` and `nonlocal` are left out: they name modules in old sources.
constexpr std::array<std::string_view, 32> kReserved{
    "False",    "None",   "True",  "and",    "as",   "assert", "break",   "class",
    "continue", "def",    "del",   "elif",   "else", "except", "finally", "for",
    "from",     "global", "if",    "import", "in",   "is",     "lambda",  "not",
    "or",       "pass",   "raise", "return", "try",  "while",  "with",    "yield"};

}  // namespace

std::optional<SourcePlace> ImportStatement::read(Lexer lexer, std::uint32_t line) {
  imports_.clear();
  advance(lexer);
  line_ = line;
  const bool plain = token_.is("import");
  advance(lexer);
  const bool read = plain ? read_plain(lexer) : read_from(lexer);
  if (!read || token_.kind != Token::Kind::end || lexer.depth() != 0) return std::nullopt;
  marked_ = lexer.marked();
  return SourcePlace{token_.begin, token_.line};
}

bool ImportStatement::is_name(const Token& token) const {
  return token.kind == Token::Kind::name &&
         std::find(kReserved.begin(), kReserved.end(), token.text()) == kReserved.end();
}

bool ImportStatement::read_plain(Lexer& lexer) {
  for (;;) {
    core::Import& import = imports_.emplace_back();
    import.line = line_;
    if (!read_dotted(lexer, import.module) || !read_alias(lexer, import.alias)) return false;
    if (!token_.is(',')) return true;
    advance(lexer);
  }
}

bool ImportStatement::read_from(Lexer& lexer) {
  core::Import import;
  import.line = line_;
  for (; token_.is('.'); advance(lexer)) ++import.level;
  const bool named = !token_.is("import");
  if (named ? !read_dotted(lexer, import.module) : import.level == 0) return false;
  if (!token_.is("import")) return false;
  advance(lexer);
  if (token_.is('*')) {
    import.kind = core::ImportKind::star;
    advance(lexer);
  } else {
    import.kind = core::ImportKind::from;
    if (!read_names(lexer, import)) return false;
  }
  if (import.level > 0 || import.module != "__future__") imports_.push_back(std::move(import));
  return true;
}

bool ImportStatement::read_names(Lexer& lexer, core::Import& import) {
  const bool enclosed = token_.is('(');
  if (enclosed) advance(lexer);
  for (;;) {
    if (!read_name(lexer, import.names.emplace_back())) return false;
    if (!token_.is(',')) break;
    advance(lexer);
    if (enclosed && token_.is(')')) break;
  }
  if (!enclosed) return true;
  if (!token_.is(')')) return false;
  advance(lexer);
  return true;
}

bool ImportStatement::read_name(Lexer& lexer, core::ImportedName& name) {
  if (!is_name(token_)) return false;
  const auto text = texts_->identifier(token_.text());
  if (!text) return false;
  name.name = *text;
  advance(lexer);
  return read_alias(lexer, name.alias);
}

bool ImportStatement::read_alias(Lexer& lexer, std::string_view& alias) {
  if (!token_.is("as")) return true;
  advance(lexer);
  if (!is_name(token_)) return false;
  const auto text = texts_->identifier(token_.text());
  if (!text) return false;
  alias = *text;
  advance(lexer);
  return true;
}

bool ImportStatement::read_dotted(Lexer& lexer, std::string_view& text) {
  const char* const begin = token_.begin;
  std::string joined;
  for (;;) {
    if (!is_name(token_)) return false;
    const auto part = texts_->identifier(token_.text());
    if (!part) return false;
    joined += *part;
    const char* const end = token_.end;
    advance(lexer);
    if (!token_.is('.')) {
      const std::string_view written(begin, static_cast<std::size_t>(end - begin));
      text = written == joined ? written : texts_->keep(std::move(joined));
      return true;
    }
    joined += '.';
    advance(lexer);
  }
}

}  // namespace gs::python
