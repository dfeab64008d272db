#include "lib/python/interface/literals.h"

#include <algorithm>

#include "lib/python/interface/names.h"
#include "lib/python/interface/parsed_source.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

namespace {

// What nests deeper is no list of dependencies.
constexpr int kDeepest = 4;

struct Fields {
  TSFieldId left = field_named("left"), right = field_named("right"), name = field_named("name"),
            body = field_named("body"), value = field_named("value"),
            function = field_named("function"), arguments = field_named("arguments"),
            definition = field_named("definition");
};

const Fields& fields() {
  static const Fields all;
  return all;
}

bool is_code(TSNode node) {
  return ts_node_is_named(node) && kind_of(node) != Kind::comment &&
         kind_of(node) != Kind::line_continuation;
}

Literal string_value(const PythonTree& tree, TSNode node) {
  Literal value{Literal::Kind::string, {}, {}};
  each_child(node, [&](TSNode part, TSFieldId) {
    const Kind kind = kind_of(part);
    if (kind == Kind::string_content) {
      value.text += tree.text(part);
      if (ts_node_named_child_count(part) > 0) value.kind = Literal::Kind::other;  // escapes
    } else if (kind == Kind::interpolation) {
      value.kind = Literal::Kind::other;
    } else if (kind == Kind::string_start &&
               tree.text(part).find_first_of("bBfFtT") != std::string_view::npos) {
      value.kind = Literal::Kind::other;
    }
  });
  return value.kind == Literal::Kind::string ? value : Literal{};
}

Literal literal_of(const PythonTree& tree, TSNode node, int depth = 0) {
  if (ts_node_is_null(node) || depth > kDeepest) return {};
  switch (kind_of(node)) {
    case Kind::string:
      return string_value(tree, node);
    case Kind::parenthesized: {
      Literal value;
      each_child(node, [&](TSNode inner, TSFieldId) {
        if (is_code(inner)) value = literal_of(tree, inner, depth + 1);
      });
      return value;
    }
    case Kind::list:
    case Kind::tuple:
    case Kind::expression_list: {
      Literal value{Literal::Kind::sequence, {}, {}};
      each_child(node, [&](TSNode item, TSFieldId) {
        if (is_code(item)) value.items.push_back(literal_of(tree, item, depth + 1));
      });
      return value;
    }
    default:
      return tree.text(node) == "None" ? Literal{Literal::Kind::none, {}, {}} : Literal{};
  }
}

class DeclarationWalk {
 public:
  explicit DeclarationWalk(const PythonTree& tree) : tree_(tree) {}

  Declarations run() {
    each_child(tree_.root(), [&](TSNode node, TSFieldId) { statement(node, ""); });
    return std::move(found_);
  }

 private:
  void statement(TSNode node, const std::string& class_name) {
    switch (kind_of(node)) {
      case Kind::expression_statement:
        each_child(node, [&](TSNode inner, TSFieldId) { assignment(inner, class_name); });
        return;
      case Kind::class_:
        if (class_name.empty()) class_body(node);
        return;
      case Kind::decorated:
        if (class_name.empty()) decorated(node);
        return;
      default:
        return;
    }
  }

  void class_body(TSNode node) {
    const std::string name = name_of(tree_, child_of(node, fields().name));
    each_child(child_of(node, fields().body),
               [&](TSNode inner, TSFieldId) { statement(inner, name); });
  }

  void assignment(TSNode node, const std::string& class_name) {
    const Kind kind = kind_of(node);
    if (kind != Kind::assignment && kind != Kind::augmented_assignment) return;
    const TSNode left = child_of(node, fields().left), right = child_of(node, fields().right);
    if (kind == Kind::augmented_assignment) {
      if (kind_of(left) == Kind::identifier) add(left, class_name, {});
    } else if (kind_of(left) == Kind::identifier) {
      if (!ts_node_is_null(right)) add(left, class_name, literal_of(tree_, right));
    } else {
      each_child(left, [&](TSNode name, TSFieldId) {
        if (kind_of(name) == Kind::identifier) add(name, class_name, {});
      });
    }
  }

  // The last assignment counts; one that adds to another makes it unknown.
  void add(TSNode name, const std::string& class_name, Literal value) {
    std::string text = name_of(tree_, name);
    std::erase_if(found_.assigned, [&](const AssignedLiteral& one) {
      return one.class_name == class_name && one.name == text;
    });
    found_.assigned.push_back({class_name, std::move(text), line_of(name), std::move(value)});
  }

  void decorated(TSNode node) {
    const TSNode definition = child_of(node, fields().definition);
    if (ts_node_is_null(definition)) return;
    const TSNode name = child_of(definition, fields().name);
    each_child(node, [&](TSNode child, TSFieldId) {
      if (kind_of(child) != Kind::decorator) return;
      Decoration one{decorator_of(tree_, child), name_of(tree_, name), line_of(definition), {}};
      each_child(child, [&](TSNode call, TSFieldId) {
        if (kind_of(call) == Kind::call) one.name_argument = name_argument(call);
      });
      found_.decorated.push_back(std::move(one));
    });
    if (kind_of(definition) == Kind::class_) class_body(definition);
  }

  std::optional<Literal> name_argument(TSNode call) const {
    std::optional<Literal> value;
    each_child(child_of(call, fields().arguments), [&](TSNode argument, TSFieldId) {
      if (kind_of(argument) == Kind::keyword_argument &&
          tree_.text(child_of(argument, fields().name)) == "name")
        value = literal_of(tree_, child_of(argument, fields().value));
    });
    return value;
  }

  const PythonTree& tree_;
  Declarations found_;
};

}  // namespace

std::optional<Declarations> declarations_of(std::string_view source,
                                            std::chrono::milliseconds limit) {
  const ParsedSource parsed(source, {ParseLimits().largest, limit});
  const PythonTree* const tree = parsed.tree();
  if (tree == nullptr || ts_node_has_error(tree->root())) return std::nullopt;
  return DeclarationWalk(*tree).run();
}

}  // namespace gs::python
