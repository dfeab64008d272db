#include "lib/python/interface/names.h"

#include <vector>

#include "lib/python/identifier.h"

namespace gs::python {

namespace {

// Visits nodes in their order, without recursion; visit(node, parent) says whether to go on below.
void descend(TSNode top, auto&& visit) {
  if (!visit(top, Kind::other)) return;
  Cursor cursor(top);
  std::vector<Kind> parents{kind_of(top)};
  bool more = cursor.down();
  while (more) {
    const TSNode node = cursor.node();
    if (visit(node, parents.back()) && cursor.down()) {
      parents.push_back(kind_of(node));
      continue;
    }
    while (!cursor.next()) {
      parents.pop_back();
      if (parents.empty() || !cursor.up()) return;
    }
  }
}

bool holds_targets(Kind kind) {
  switch (kind) {
    case Kind::pattern_list:
    case Kind::tuple_pattern:
    case Kind::list_pattern:
    case Kind::list_splat_pattern:
    case Kind::list_splat:
    case Kind::tuple:
    case Kind::list:
    case Kind::parenthesized:
    case Kind::expression_list:
    case Kind::as_pattern_target:
      return true;
    default:
      return false;
  }
}

}  // namespace

void each_target(const PythonTree& tree, TSNode target, const OnName& on_name) {
  static const TSFieldId value = field_named("value");
  descend(target, [&](TSNode node, Kind) {
    const Kind kind = kind_of(node);
    if (kind == Kind::identifier) on_name(node);
    if (kind == Kind::subscript) {
      const TSNode changed = child_of(node, value);
      if (!ts_node_is_null(changed) && tree.text(changed) == "__all__") on_name(changed);
    }
    return holds_targets(kind);
  });
}

void each_with_target(const PythonTree& tree, TSNode with_clause, const OnName& on_name) {
  descend(with_clause, [&](TSNode node, Kind) {
    switch (kind_of(node)) {
      case Kind::as_pattern_target:
        each_target(tree, node, on_name);
        return false;
      case Kind::with_clause:
      case Kind::with_item:
      case Kind::as_pattern:
      case Kind::tuple:
      case Kind::parenthesized:
        return true;
      default:
        return false;
    }
  });
}

void each_capture(const PythonTree& tree, TSNode pattern, const OnName& on_name) {
  descend(pattern, [&](TSNode node, Kind parent) {
    const Kind kind = kind_of(node);
    if (kind == Kind::identifier) {
      const bool captures = parent == Kind::as_pattern || parent == Kind::splat_pattern;
      if (captures && tree.text(node) != "_") on_name(node);
      return false;
    }
    if (kind != Kind::dotted_name) return true;
    const bool plain = ts_node_child_count(node) == 1 && parent != Kind::class_pattern;
    if (plain && tree.text(node) != "_") on_name(ts_node_child(node, 0));
    return false;
  });
}

std::string written(const PythonTree& tree, TSNode node) {
  const std::string_view text = tree.text(node);
  if (text.find_first_of("\n\t\f#\\") == text.npos && text.find("  ") == text.npos) {
    return std::string(text);
  }
  std::string out;
  std::uint32_t end = ts_node_start_byte(node);
  descend(node, [&](TSNode leaf, Kind) {
    const Kind kind = kind_of(leaf);
    if (kind == Kind::comment || kind == Kind::line_continuation) return false;
    if (kind != Kind::string && ts_node_child_count(leaf) > 0) return true;
    if (ts_node_start_byte(leaf) > end && !out.empty()) out += ' ';
    out += tree.text(leaf);
    end = ts_node_end_byte(leaf);
    return false;
  });
  return out;
}

std::string name_of(const PythonTree& tree, TSNode identifier) {
  return fold_identifier(tree.text(identifier));
}

std::string decorator_of(const PythonTree& tree, TSNode decorator) {
  static const TSFieldId function = field_named("function");
  TSNode named = ts_node_named_child(decorator, 0);
  if (ts_node_is_null(named)) return {};
  if (kind_of(named) == Kind::call) named = child_of(named, function);
  return ts_node_is_null(named) ? std::string() : written(tree, named);
}

std::vector<std::string> bases_of(const PythonTree& tree, TSNode class_definition) {
  static const TSFieldId superclasses = field_named("superclasses");
  std::vector<std::string> bases;
  const TSNode list = child_of(class_definition, superclasses);
  if (ts_node_is_null(list)) return bases;
  each_child(list, [&](TSNode node, TSFieldId) {
    const Kind kind = kind_of(node);
    const bool base = ts_node_is_named(node) && kind != Kind::keyword_argument &&
                      kind != Kind::dictionary_splat && kind != Kind::comment &&
                      kind != Kind::line_continuation;
    if (base) bases.push_back(written(tree, node));
  });
  return bases;
}

}  // namespace gs::python
