#pragma once
// A Python source as tree-sitter's tree, walked without recursion.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <tree_sitter/api.h>

#include "lib/python/interface/python_kinds.h"

namespace gs::python {

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
