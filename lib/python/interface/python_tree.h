#pragma once
// A Python source as tree-sitter's tree, walked without recursion.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <tree_sitter/api.h>

namespace gs::python {

// The kinds of node that interfaces and scopes are made from. Statements stand between `if_` and
// `import_`.
enum class Kind : std::uint8_t {
  other,
  error,
  module,
  block,
  if_,
  for_,
  while_,
  try_,
  with,
  match,
  function,
  class_,
  decorated,
  expression_statement,
  delete_,
  global,
  nonlocal,
  type_alias,
  exec,
  print,
  simple_statement,
  future_import,
  from_import,
  import_,
  elif_clause,
  else_clause,
  except_clause,
  finally_clause,
  case_clause,
  with_clause,
  with_item,
  case_pattern,
  class_pattern,
  keyword_pattern,
  splat_pattern,
  as_pattern,
  as_pattern_target,
  list_pattern,
  tuple_pattern,
  pattern_list,
  dict_pattern,
  union_pattern,
  list_splat_pattern,
  dictionary_splat_pattern,
  list_splat,
  list,
  tuple,
  expression_list,
  parenthesized,
  assignment,
  augmented_assignment,
  named_expression,
  lambda,
  comprehension,  // of a list, set or dictionary, and generator expressions
  for_in_clause,
  call,
  attribute,
  subscript,
  identifier,
  dotted_name,
  aliased_import,
  relative_import,
  import_prefix,
  wildcard_import,
  decorator,
  argument_list,
  keyword_argument,
  pair,
  dictionary,
  dictionary_splat,
  parameters,  // of functions and lambdas
  typed_parameter,
  default_parameter,
  typed_default_parameter,
  keyword_separator,
  positional_separator,
  generic_type,
  constrained_type,
  member_type,
  type_parameter,
  type,
  binary_operator,
  string,
  concatenated_string,
  string_start,
  string_content,
  escape_sequence,
  interpolation,
  comment,
  line_continuation
};

Kind kind_of(TSNode node);
inline bool is_statement(Kind kind) {
  return kind >= Kind::if_ && kind <= Kind::import_;
}

// The names of fields, as the grammar numbers them.
TSFieldId field_named(std::string_view name);

class PythonTree {
 public:
  // Nothing when it takes longer than the limit. The text must outlive the tree.
  static std::optional<PythonTree> parse(std::string_view text, std::chrono::milliseconds limit);

  TSNode root() const { return ts_tree_root_node(tree_.get()); }
  std::string_view text() const { return text_; }
  std::string_view text(TSNode node) const {
    if (ts_node_is_null(node)) return {};
    const std::uint32_t start = ts_node_start_byte(node);
    return text_.substr(start, ts_node_end_byte(node) - start);
  }

 private:
  struct Delete {
    void operator()(TSTree* tree) const { ts_tree_delete(tree); }
  };
  PythonTree(std::string_view text, TSTree* tree) : text_(text), tree_(tree) {}

  std::string_view text_;
  std::unique_ptr<TSTree, Delete> tree_;
};

inline std::uint32_t line_of(TSNode node) {
  return ts_node_start_point(node).row + 1;
}
// Null when there is none; a null node, which tree-sitter's own functions do not take, has neither
// children nor text.
TSNode child_of(TSNode node, TSFieldId field);

class Cursor {
 public:
  explicit Cursor(TSNode node) : cursor_(ts_tree_cursor_new(node)) {}
  ~Cursor() { ts_tree_cursor_delete(&cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  TSNode node() const { return ts_tree_cursor_current_node(&cursor_); }
  TSFieldId field() const { return ts_tree_cursor_current_field_id(&cursor_); }
  bool down() { return ts_tree_cursor_goto_first_child(&cursor_); }
  bool next() { return ts_tree_cursor_goto_next_sibling(&cursor_); }
  bool up() { return ts_tree_cursor_goto_parent(&cursor_); }

 private:
  TSTreeCursor cursor_;
};

// Calls visit(child, field) for each child.
void each_child(TSNode node, auto&& visit) {
  if (ts_node_is_null(node)) return;
  Cursor cursor(node);
  if (!cursor.down()) return;
  do {
    visit(cursor.node(), cursor.field());
  } while (cursor.next());
}

}  // namespace gs::python
