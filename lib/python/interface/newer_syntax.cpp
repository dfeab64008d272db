#include "lib/python/interface/newer_syntax.h"

#include "lib/python/imports/bytes.h"

namespace gs::python {

namespace {

constexpr std::string_view kLazy = "lazy", kBlanks = " \t\f";

char before(std::string_view text, std::size_t at) {
  return at == 0 ? '\n' : text[at - 1];
}

// Whether a statement may begin there: nothing but blanks since a line's begin or a ';'.
bool begins_statement(std::string_view text, std::size_t at) {
  while (at > 0 && kBlanks.find(text[at - 1]) != kBlanks.npos) --at;
  const char last = before(text, at);
  return last == '\n' || last == ';' || last == ':';
}

bool is_lazy_import(std::string_view text, std::size_t at) {
  std::string_view rest = text.substr(at + kLazy.size());
  const std::size_t word = rest.find_first_not_of(" \t\f\\\n");
  if (word == 0 || word == rest.npos) return false;
  rest.remove_prefix(word);
  return (rest.starts_with("import") || rest.starts_with("from")) && begins_statement(text, at);
}

// At a 't' or 'T': that of the prefix of a string, with or without 'r'.
bool is_template_prefix(std::string_view text, std::size_t at) {
  const auto is_r = [&](std::size_t i) { return i < text.size() && (text[i] | 0x20) == 'r'; };
  const std::size_t first = at > 0 && is_r(at - 1) ? at - 1 : at;
  const std::size_t behind = first == at && is_r(at + 1) ? at + 2 : at + 1;
  return !is_word(before(text, first)) && behind < text.size() &&
         (text[behind] == '"' || text[behind] == '\'');
}

}  // namespace

std::optional<std::string> in_known_syntax(std::string_view text) {
  std::string known(text);
  bool changed = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, kLazy.size(), kLazy) == 0 && is_lazy_import(text, at)) {
      known.replace(at, kLazy.size(), "0;  ");
      changed = true;
    } else if ((text[at] | 0x20) == 't' && is_template_prefix(text, at)) {
      known[at] = 'f';
      changed = true;
    }
  }
  return changed ? std::optional(std::move(known)) : std::nullopt;
}

std::optional<PythonTree> parse_newest(std::string& text, std::chrono::milliseconds limit) {
  std::optional<PythonTree> tree = PythonTree::parse(text, limit);
  if (!tree || !ts_node_has_error(tree->root())) return tree;
  std::optional<std::string> known = in_known_syntax(text);
  if (!known) return tree;
  tree.reset();
  text = std::move(*known);
  return PythonTree::parse(text, limit);
}

}  // namespace gs::python
