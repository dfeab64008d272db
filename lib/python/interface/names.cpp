#include "lib/python/interface/names.h"

#include <algorithm>
#include <vector>

#include "lib/python/source_text.h"

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

TSNode alias_name(TSNode type_alias) {
  static const TSFieldId left = field_named("left");
  TSNode name = child_of(type_alias, left);
  while (kind_of(name) == Kind::type || kind_of(name) == Kind::generic_type)
    name = ts_node_named_child(name, 0);
  return kind_of(name) == Kind::identifier ? name : TSNode{};
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

std::string metaclass_of(const PythonTree& tree, TSNode class_definition) {
  static const TSFieldId superclasses = field_named("superclasses");
  static const TSFieldId name = field_named("name"), value = field_named("value");
  std::string metaclass;
  each_child(child_of(class_definition, superclasses), [&](TSNode node, TSFieldId) {
    const Kind kind = kind_of(node);
    if (kind == Kind::dictionary_splat) metaclass = "**";
    if (kind == Kind::keyword_argument && tree.text(child_of(node, name)) == "metaclass")
      metaclass = written(tree, child_of(node, value));
  });
  return metaclass;
}

namespace {

constexpr std::string_view kAll = "__all__";

TSNode field(TSNode node, std::string_view name) {
  return child_of(node, field_named(name));
}

bool is_list(Kind kind) {
  return kind == Kind::list || kind == Kind::tuple || kind == Kind::expression_list;
}

// The one that stands in brackets; null when there are more.
TSNode only_child(TSNode node) {
  TSNode only{};
  int count = 0;
  each_child(node, [&](TSNode child, TSFieldId) {
    if (!ts_node_is_named(child) || kind_of(child) == Kind::comment ||
        kind_of(child) == Kind::line_continuation) {
      return;
    }
    only = child;
    ++count;
  });
  return count == 1 ? only : TSNode{};
}

}  // namespace

std::optional<std::vector<std::string>> Exports::list() const {
  return unclear() ? std::nullopt : list_;
}

void Exports::blur(bool lasting) {
  unclear_ = true;
  lasting_ = lasting_ || lasting;
}

bool Exports::spend(std::size_t names) const {
  const bool enough = names <= budget_;
  budget_ = enough ? budget_ - names : 0;
  return enough;
}

bool Exports::take(TSNode expression_statement) {
  if (ts_node_has_error(expression_statement)) return false;
  const TSNode node = only_child(expression_statement);
  if (ts_node_is_null(node)) return false;
  switch (kind_of(node)) {
    case Kind::assignment:
      return assign(node);
    case Kind::augmented_assignment:
      return extend(node);
    case Kind::call:
      return call(node);
    default:
      return false;
  }
}

bool Exports::assign(TSNode assignment) {
  if (tree_.text(field(assignment, "left")) != kAll) return false;
  const TSNode right = field(assignment, "right");
  if (ts_node_is_null(right)) return true;  // only a type
  std::optional<Names> list = names(right);
  if (!list) return false;
  list_ = std::move(list);
  unclear_ = false;
  return true;
}

bool Exports::extend(TSNode augmented) {
  const bool plus = tree_.text(field(augmented, "operator")) == "+=";
  if (!plus || !list_ || tree_.text(field(augmented, "left")) != kAll) return false;
  const std::optional<Names> more = names(field(augmented, "right"));
  if (more) list_->insert(list_->end(), more->begin(), more->end());
  return more.has_value();
}

bool Exports::call(TSNode call) {
  const TSNode function = field(call, "function");
  if (!list_ || kind_of(function) != Kind::attribute) return false;
  if (tree_.text(field(function, "object")) != kAll) return false;
  const TSNode argument = only_child(field(call, "arguments"));
  if (ts_node_is_null(argument)) return false;
  const std::string_view method = tree_.text(field(function, "attribute"));
  if (method == "extend") {
    const std::optional<Names> more = names(argument);
    if (more) list_->insert(list_->end(), more->begin(), more->end());
    return more.has_value();
  }
  const std::optional<std::string> one = name(argument);
  if (!one) return false;
  if (method == "append") {
    list_->push_back(*one);
    return true;
  }
  if (method != "remove" || !spend(list_->size())) return false;
  const auto found = std::ranges::find(*list_, *one);
  if (found == list_->end()) return false;
  list_->erase(found);
  return true;
}

// Lists, tuples, `__all__` itself, and their sums, however long.
std::optional<Exports::Names> Exports::names(TSNode expression) const {
  static const TSFieldId left = field_named("left"), right = field_named("right"),
                         operation = field_named("operator");
  Names found;
  bool good = true;
  std::vector<TSNode> rest{expression};
  while (good && !rest.empty()) {
    const TSNode node = rest.back();
    rest.pop_back();
    const Kind kind = ts_node_is_null(node) ? Kind::other : kind_of(node);
    if (kind == Kind::parenthesized) {
      rest.push_back(only_child(node));
    } else if (kind == Kind::binary_operator && tree_.text(child_of(node, operation)) == "+") {
      rest.push_back(child_of(node, right));
      rest.push_back(child_of(node, left));
    } else if (kind == Kind::identifier && tree_.text(node) == kAll && list_ && !unclear_) {
      good = spend(list_->size());
      if (good) found.insert(found.end(), list_->begin(), list_->end());
    } else if (is_list(kind)) {
      each_child(node, [&](TSNode item, TSFieldId) {
        if (!ts_node_is_named(item) || kind_of(item) == Kind::comment ||
            kind_of(item) == Kind::line_continuation) {
          return;
        }
        std::optional<std::string> one = name(item);
        good = good && one;
        if (one) found.push_back(std::move(*one));
      });
    } else {
      good = false;
    }
  }
  return good ? std::optional(std::move(found)) : std::nullopt;
}

// Of a plain literal: "name", or its parts side by side.
std::optional<std::string> Exports::name(TSNode string) const {
  std::string text;
  if (kind_of(string) == Kind::string) {
    return append_literal(string, text) ? std::optional(text) : std::nullopt;
  }
  if (kind_of(string) == Kind::parenthesized) {
    string = only_child(string);
    if (ts_node_is_null(string) || kind_of(string) == Kind::parenthesized) return std::nullopt;
    return name(string);
  }
  if (kind_of(string) != Kind::concatenated_string) return std::nullopt;
  bool good = true;
  each_child(string, [&](TSNode part, TSFieldId) {
    if (kind_of(part) == Kind::string) good = good && append_literal(part, text);
  });
  return good ? std::optional(text) : std::nullopt;
}

bool Exports::append_literal(TSNode string, std::string& to) const {
  bool good = true;
  each_child(string, [&](TSNode part, TSFieldId) {
    const std::string_view text = tree_.text(part);
    if (kind_of(part) == Kind::string_start) {
      good = good && text.find_first_of("bBfFtT`") == text.npos;
    } else if (kind_of(part) == Kind::string_content) {
      good = good && text.find('\\') == text.npos;
      to += text;
    } else if (ts_node_is_named(part) && part.id != nullptr) {
      good = good && text.find_first_not_of("\"'") == text.npos;  // only the end, no interpolation
    }
  });
  return good;
}

}  // namespace gs::python
