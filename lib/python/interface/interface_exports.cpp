#include "lib/python/interface/interface_exports.h"

#include <algorithm>

namespace gs::python {

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
