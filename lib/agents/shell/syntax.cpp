#include "lib/agents/shell/syntax.h"

#include <algorithm>
#include <array>
#include <optional>

extern "C" const TSLanguage* tree_sitter_bash();

namespace gs::agents {

namespace {

struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr KindName kKinds[] = {{"ansi_c_string", Kind::ansi_c_string},
                               {"arithmetic_expansion", Kind::arithmetic_expansion},
                               {"array", Kind::array},
                               {"brace_expression", Kind::brace_expression},
                               {"c_style_for_statement", Kind::c_style_for_statement},
                               {"case_item", Kind::case_item},
                               {"case_statement", Kind::case_statement},
                               {"command", Kind::command},
                               {"command_name", Kind::command_name},
                               {"command_substitution", Kind::command_substitution},
                               {"comment", Kind::comment},
                               {"compound_statement", Kind::compound_statement},
                               {"concatenation", Kind::concatenation},
                               {"declaration_command", Kind::declaration_command},
                               {"do_group", Kind::do_group},
                               {"elif_clause", Kind::elif_clause},
                               {"else_clause", Kind::else_clause},
                               {"expansion", Kind::expansion},
                               {"extglob_pattern", Kind::extglob_pattern},
                               {"file_redirect", Kind::file_redirect},
                               {"for_statement", Kind::for_statement},
                               {"function_definition", Kind::function_definition},
                               {"heredoc_redirect", Kind::heredoc_redirect},
                               {"herestring_redirect", Kind::herestring_redirect},
                               {"if_statement", Kind::if_statement},
                               {"list", Kind::list},
                               {"negated_command", Kind::negated_command},
                               {"number", Kind::number},
                               {"pipeline", Kind::pipeline},
                               {"process_substitution", Kind::process_substitution},
                               {"program", Kind::program},
                               {"raw_string", Kind::raw_string},
                               {"redirected_statement", Kind::redirected_statement},
                               {"regex", Kind::regex},
                               {"simple_expansion", Kind::simple_expansion},
                               {"special_variable_name", Kind::special_variable_name},
                               {"string", Kind::string},
                               {"subscript", Kind::subscript},
                               {"subshell", Kind::subshell},
                               {"test_command", Kind::test_command},
                               {"translated_string", Kind::translated_string},
                               {"unset_command", Kind::unset_command},
                               {"variable_assignment", Kind::variable_assignment},
                               {"variable_assignments", Kind::variable_assignments},
                               {"variable_name", Kind::variable_name},
                               {"while_statement", Kind::while_statement},
                               {"word", Kind::word}};
struct FieldName {
  std::string_view name;
  Field field;
};
constexpr FieldName kFields[] = {{"body", Field::body},
                                 {"condition", Field::condition},
                                 {"destination", Field::destination},
                                 {"name", Field::name},
                                 {"redirect", Field::redirect},
                                 {"value", Field::value},
                                 {"variable", Field::variable}};

// What each of the grammar's numbers stands for; some kinds have several.
struct Symbols {
  std::vector<Kind> kinds;
  std::vector<Field> fields;

  Symbols() {
    const TSLanguage* language = tree_sitter_bash();
    for (std::uint32_t i = 0; i < ts_language_symbol_count(language); ++i) {
      const auto symbol = static_cast<TSSymbol>(i);
      const std::string_view name = ts_language_symbol_name(language, symbol);
      const auto known = std::find_if(std::begin(kKinds), std::end(kKinds),
                                      [&](const KindName& row) { return row.name == name; });
      const bool named = ts_language_symbol_type(language, symbol) == TSSymbolTypeRegular;
      kinds.push_back(!named ? Kind::token : known != std::end(kKinds) ? known->kind : Kind::other);
    }
    for (std::uint32_t i = 0; i <= ts_language_field_count(language); ++i) {
      const char* name = ts_language_field_name_for_id(language, static_cast<TSFieldId>(i));
      const auto known = std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& row) {
        return name != nullptr && row.name == name;
      });
      fields.push_back(known == std::end(kFields) ? Field::none : known->field);
    }
  }
};

const Symbols& symbols() {
  static const Symbols all;
  return all;
}

Node node_of(TSNode node, TSFieldId field) {
  constexpr TSSymbol kError = 0xFFFF;
  const TSSymbol symbol = ts_node_symbol(node);
  Kind kind = Kind::error;
  if (symbol != kError) kind = ts_node_is_missing(node) ? Kind::missing : symbols().kinds[symbol];
  return {node, kind, symbols().fields[field]};
}

class Parser {
 public:
  explicit Parser(Clock::time_point deadline) : parser_(ts_parser_new()), deadline_(deadline) {
    ts_parser_set_language(parser_.get(), tree_sitter_bash());
  }

  TSTree* parse(std::string_view text) {
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return nullptr;
    ts_parser_reset(parser_.get());
    ts_parser_set_timeout_micros(parser_.get(), static_cast<std::uint64_t>(left));
    return ts_parser_parse_string(parser_.get(), nullptr, text.data(),
                                  static_cast<std::uint32_t>(text.size()));
  }

 private:
  struct Deleter {
    void operator()(TSParser* parser) const { ts_parser_delete(parser); }
  };
  std::unique_ptr<TSParser, Deleter> parser_;
  Clock::time_point deadline_;
};

// A here-document's operator, `<<` or `<<-`, and the word behind it.
struct Operator {
  std::size_t begin = 0, end = 0;
  std::string delimiter;
  bool literal = false;  // a part of the word is quoted: nothing is expanded
  bool tabs = false;     // are taken away
};

Operator read_operator(std::string_view text, std::size_t at) {
  Operator found{at, at + 2, {}, false, false};
  found.tabs = text.substr(found.end).starts_with('-');
  if (found.tabs) ++found.end;
  while (found.end < text.size() && (text[found.end] == ' ' || text[found.end] == '\t'))
    ++found.end;
  char quote = 0;
  for (; found.end < text.size(); ++found.end) {
    const char c = text[found.end];
    if (c == '\n' ||
        (quote == 0 && std::string_view(" \t;|&<>()`").find(c) != std::string_view::npos))
      break;
    if (c == '\'' || c == '"') {
      found.literal = true;
      if (quote == 0) {
        quote = c;
        continue;
      }
      if (quote == c) {
        quote = 0;
        continue;
      }
    }
    if (c == '\\' && quote != '\'' && found.end + 1 < text.size()) {
      found.literal = true;
      ++found.end;
    }
    found.delimiter += text[found.end];
  }
  return found;
}

struct Body {
  std::string text;
  std::size_t begin = 0, end = 0;  // with the line that ends it
};

// The lines from `begin` to the delimiter's, which some write with the brackets behind it that end
// the substitution.
Body read_body(std::string_view text, std::size_t begin, const Operator& op) {
  Body body{{}, begin, begin};
  while (body.end < text.size()) {
    const std::size_t newline = text.find('\n', body.end);
    std::string_view line = text.substr(body.end, newline - body.end);
    while (op.tabs && line.starts_with('\t')) line.remove_prefix(1);
    if (line == op.delimiter) {
      body.end = std::min(newline, text.size());
      return body;
    }
    if (line.starts_with(op.delimiter) && line.substr(op.delimiter.size()).starts_with(')')) {
      body.end = std::min(newline, text.size()) - (line.size() - op.delimiter.size());
      return body;
    }
    body.text.append(line).append(1, '\n');
    body.end = newline == text.npos ? text.size() : newline + 1;
  }
  return body;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                        std::string_view("$`\\\n").find(text[i + 1]) != std::string_view::npos;
    if (escape && text[++i] == '\n') continue;
    out += text[i];
  }
  return out;
}

std::string as_redirection(const Operator& op, const Body& body) {
  const bool expands = !op.literal && (body.text.find("$(") != std::string::npos ||
                                       body.text.find('`') != std::string::npos);
  std::string out = "< $'" + std::string(expands ? kExpandedText : kText);
  for (const char c : op.literal ? body.text : without_escapes(body.text)) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// Whether the `<<` at the end of this beginning of a line starts a here-document: in quotes,
// comments and arithmetic it is something else.
bool starts_here_document(Parser& parser, std::string_view beginning, std::size_t at) {
  const std::unique_ptr<TSTree, decltype(&ts_tree_delete)> tree(parser.parse(beginning),
                                                                &ts_tree_delete);
  if (!tree) return false;
  const auto begin = static_cast<std::uint32_t>(at);
  const TSNode token =
      ts_node_descendant_for_byte_range(ts_tree_root_node(tree.get()), begin, begin + 2);
  const TSNode next = ts_node_next_sibling(token);
  return ts_node_start_byte(token) == begin && !ts_node_is_null(next) &&
         std::string_view(ts_node_type(next)) == "heredoc_start";
}

std::string without_here_documents(Parser& parser, std::string_view line) {
  constexpr int kMost = 64;
  std::string text(line);
  int looked_at = 0;
  for (std::size_t at = text.find("<<"); at != text.npos; at = text.find("<<", at)) {
    if (text.compare(at, 3, "<<<") == 0) {
      at += 3;
      continue;
    }
    const std::size_t newline = text.find('\n', at);
    if (newline == text.npos || ++looked_at > kMost) break;
    if (!starts_here_document(parser, std::string_view(text).substr(0, newline), at)) {
      at += 2;
      continue;
    }
    const Operator op = read_operator(text, at);
    const Body body = read_body(text, newline + 1, op);
    const std::string instead = as_redirection(op, body);
    // The line that goes on behind the operator keeps its end.
    text.erase(newline, body.end - newline);
    text.replace(op.begin, op.end - op.begin, instead);
    at += instead.size();
  }
  return text;
}

// What the grammar does not know, said as it does. Only for a text that has errors without.
std::string in_known_words(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWords{
      {{" \\> ", " -nt "}, {" \\< ", " -ot "}, {"<>", "> "}, {"<<< ", "<<<"}, {"<<<", "< $'\a'"}}};
  for (const auto& [word, known] : kWords) {
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + known.size()))
      text.replace(at, word.size(), known);
  }
  return text;
}

}  // namespace

Node SyntaxTree::root() const {
  return node_of(ts_tree_root_node(tree_.get()), 0);
}

std::vector<Node> SyntaxTree::children(const Node& node) const {
  std::vector<Node> all;
  TSTreeCursor cursor = ts_tree_cursor_new(node.node);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      all.push_back(
          node_of(ts_tree_cursor_current_node(&cursor), ts_tree_cursor_current_field_id(&cursor)));
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  return all;
}

std::string_view SyntaxTree::text(const Node& node) const {
  return text(node.begin(), node.end());
}

std::string_view SyntaxTree::text(std::uint32_t begin, std::uint32_t end) const {
  return std::string_view(text_).substr(begin, end - begin);
}

namespace {

// The parser puts in a missing ';' where the shell needs none, and the name of a command that is
// nothing but assignments and redirections.
bool is_harmless(const SyntaxTree& tree, const Node& node, const Node& parent) {
  return node.kind == Kind::missing &&
         (parent.kind == Kind::command_name || std::string_view(ts_node_type(node.node)) == ";" ||
          std::string_view(ts_node_type(node.node)) == "\n") &&
         tree.text(node).empty();
}

}  // namespace

std::vector<Node> SyntaxTree::errors() const {
  std::vector<Node> found, open{root()};
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    for (const Node& child : children(node)) {
      if (child.kind == Kind::error ||
          (child.kind == Kind::missing && !is_harmless(*this, child, node)))
        found.push_back(child);
      else if (ts_node_has_error(child.node))
        open.push_back(child);
    }
  }
  return found;
}

bool SyntaxTree::has_error() const {
  return ts_node_has_error(ts_tree_root_node(tree_.get()));
}

std::shared_ptr<const SyntaxTree> parse_shell(std::string_view line, Clock::time_point deadline) {
  // Where a pipeline ends unfinished, tree-sitter (0.22) follows each of its commands as a way to
  // go on, and copies the whole stack for each: memory grows with the square of their number.
  constexpr std::ptrdiff_t kMostPipes = 1000;
  if (std::count(line.begin(), line.end(), '|') > kMostPipes) return nullptr;
  Parser parser(deadline);
  std::string text = without_here_documents(parser, line);
  TSTree* tree = parser.parse(text);
  if (tree == nullptr) return nullptr;
  auto parsed = std::make_shared<const SyntaxTree>(text, tree);
  if (!parsed->has_error()) return parsed;
  std::string other = in_known_words(text);
  if (other == text) return parsed;
  TSTree* known = parser.parse(other);
  if (known == nullptr) return parsed;
  auto again = std::make_shared<const SyntaxTree>(std::move(other), known);
  return again->has_error() ? parsed : again;
}

}  // namespace gs::agents
