#include "lib/python/names/scope_walk.h"

#include <utility>

#include "lib/python/interface/names.h"
#include "lib/python/source_text.h"

namespace gs::python {

namespace {

struct Fields {
  TSFieldId left = field_named("left"), right = field_named("right"), name = field_named("name"),
            value = field_named("value"), type = field_named("type"), alias = field_named("alias"),
            parameters = field_named("parameters"), return_type = field_named("return_type"),
            type_parameters = field_named("type_parameters"), body = field_named("body"),
            superclasses = field_named("superclasses"), attribute = field_named("attribute"),
            condition = field_named("condition"), consequence = field_named("consequence"),
            module_name = field_named("module_name");
};

const Fields& fields() {
  static const Fields all;
  return all;
}

constexpr std::string_view kNameError = "NameError";

bool is_or_ends_with(std::string_view dotted, std::string_view name) {
  return dotted == name || (dotted.ends_with(name) && dotted.size() > name.size() &&
                            dotted[dotted.size() - name.size() - 1] == '.');
}

// Statements that run what is in them once, not at all, or many times.
bool is_compound(Kind kind) {
  switch (kind) {
    case Kind::if_:
    case Kind::for_:
    case Kind::while_:
    case Kind::try_:
    case Kind::with:
    case Kind::match:
      return true;
    default:
      return false;
  }
}

bool follows_as(const PythonTree& tree, TSNode node) {
  const TSNode before = ts_node_prev_sibling(node);
  return !ts_node_is_null(before) && tree.text(before) == "as";
}

}  // namespace

ScopeWalk::ScopeWalk(const PythonTree& tree, std::chrono::milliseconds limit)
    : tree_(&tree), limit_(limit) {
  table_.scopes.emplace_back();
}

ScopeTable ScopeWalk::run() {
  Open top;
  top.node = tree_->root();
  top.kind = Kind::module;
  walk(*tree_, top);
  return std::move(table_);
}

void ScopeWalk::walk(const PythonTree& tree, Open top) {
  const PythonTree* outer = std::exchange(tree_, &tree);
  const std::size_t depth = path_.size();
  path_.push_back(top);
  Cursor cursor(top.node);
  for (bool more = cursor.down(); more;) {
    if (const auto open = enter(cursor.node(), cursor.field())) {
      path_.push_back(*open);
      if (cursor.down()) continue;
      path_.pop_back();
    }
    while (!cursor.next()) {
      path_.pop_back();
      more = path_.size() > depth && cursor.up();
      if (!more) break;
    }
  }
  path_.resize(depth);
  tree_ = outer;
}

std::optional<ScopeWalk::Open> ScopeWalk::enter(TSNode node, TSFieldId field) {
  if (!ts_node_is_named(node)) return std::nullopt;
  Open open = path_.back();
  open.node = node;
  open.kind = kind_of(node);
  open.first = open.looped = open.expects = open.assigns = false;
  if (is_name_alone(open, field)) return std::nullopt;
  place(open, field);
  return act(open) ? std::optional(open) : std::nullopt;
}

// Identifiers that are no variables, and names that the definition itself binds.
bool ScopeWalk::is_name_alone(const Open& open, TSFieldId field) const {
  switch (path_.back().kind) {
    case Kind::attribute:
      return field == fields().attribute;
    case Kind::function:
    case Kind::class_:
    case Kind::keyword_argument:
      return field == fields().name;
    case Kind::keyword_pattern:
    case Kind::member_type:
      return open.kind == Kind::identifier;
    default:
      return false;
  }
}

void ScopeWalk::place(Open& open, TSFieldId field) {
  const Kind around = path_.back().kind;
  if (is_compound(around)) open.direct = false;
  switch (around) {
    case Kind::function:
    case Kind::class_:
    case Kind::lambda:
      return place_part(open, field);
    case Kind::comprehension:
    case Kind::for_in_clause:
      return place_clause(open, field);
    case Kind::parameters:
    case Kind::typed_parameter:
    case Kind::default_parameter:
    case Kind::typed_default_parameter:
      return place_parameter(open, field);
    case Kind::assignment:
    case Kind::augmented_assignment:
    case Kind::named_expression:
    case Kind::for_:
    case Kind::delete_:
    case Kind::as_pattern:
    case Kind::except_clause:
    case Kind::case_clause:
      return place_target(open, field);
    case Kind::call:
    case Kind::attribute:
    case Kind::subscript:
    case Kind::generic_type:
      return place_operand(open);
    case Kind::constrained_type:
    case Kind::type_alias:
      return place_type(open, field);
    case Kind::if_:
    case Kind::try_:
    case Kind::with:
      return place_block(open, field);
    default:
      return;
  }
}

// What of a statement or `:=` is a target, and what is evaluated.
void ScopeWalk::place_target(Open& open, TSFieldId field) {
  const Open& around = path_.back();
  const bool left = field == fields().left;
  switch (around.kind) {
    case Kind::assignment:
      if (field == fields().type) return place_annotation(open, around.scope);
      open.role = !left                                                    ? Role::use
                  : ts_node_is_null(child_of(around.node, fields().right)) ? Role::annotate
                                                                           : Role::bind;
      return;
    case Kind::augmented_assignment:
      open.role = left ? Role::augment : Role::use;
      return;
    case Kind::for_:
      open.role = left ? Role::bind : Role::use;
      return;
    case Kind::named_expression:
      open.role = field == fields().name ? Role::bind : Role::use;
      return;
    case Kind::as_pattern:
      if (open.kind == Kind::as_pattern_target) open.role = Role::bind;
      return;
    case Kind::except_clause:
      open.role = follows_as(*tree_, open.node) ? Role::bind : Role::use;
      return;
    case Kind::case_clause:
      open.role = open.kind == Kind::case_pattern ? Role::capture : Role::use;
      return;
    default:
      open.role = Role::remove;
  }
}

// What `x.y`, `x[y]` and `x(y)` are made of is evaluated, in a target too.
void ScopeWalk::place_operand(Open& open) {
  const Open& around = path_.back();
  if (around.role == Role::type_name) {
    if (open.kind == Kind::type_parameter) open.role = Role::type_parameter;
    return;
  }
  open.role = Role::use;
  const bool literal = is_or_ends_with(tree_->text(ts_node_named_child(around.node, 0)), "Literal");
  if (around.kind == Kind::call || literal) open.strings = false;
}

void ScopeWalk::place_type(Open& open, TSFieldId field) {
  const Open& around = path_.back();
  if (around.kind == Kind::constrained_type) {
    if (!ts_node_is_null(ts_node_prev_named_sibling(open.node))) open.role = Role::use;
  } else if (!around.assigns) {
    open.scope = around.other;
    open.role = field == fields().left ? Role::type_name : Role::use;
    if (field == fields().right) open.when = NameUse::When::type_checking;
  }
}

void ScopeWalk::place_block(Open& open, TSFieldId field) {
  const Open& around = path_.back();
  if (field == fields().body) open.guarded = open.guarded || around.expects;
  if (around.kind == Kind::if_ && field == fields().consequence &&
      is_or_ends_with(tree_->text(child_of(around.node, fields().condition)), "TYPE_CHECKING"))
    open.when = NameUse::When::type_checking;
}

void ScopeWalk::place_annotation(Open& open, std::size_t scope) {
  const ScopeKind kind = table_.scopes[scope].kind;
  const bool local = path_.back().kind == Kind::assignment && kind == ScopeKind::function;
  open.scope = scope;
  open.role = Role::use;
  open.strings = true;
  if (local || table_.lazy_annotations) open.when = NameUse::When::annotation;
}

// Parameters, bases and what a function returns belong to the scope of the type parameters; the
// body to that which the definition opens.
void ScopeWalk::place_part(Open& open, TSFieldId field) {
  const Open& around = path_.back();
  if (field == fields().type_parameters) {
    open.role = Role::type_parameter;
  } else if (field == fields().return_type) {
    place_annotation(open, around.scope);
  } else if (field == fields().body) {
    open.scope = around.other;
    open.direct = true;
    open.guarded = open.guarded && around.kind == Kind::class_;
  }
}

// Of a comprehension only the first iterable is evaluated around it.
void ScopeWalk::place_clause(Open& open, TSFieldId field) {
  Open& around = path_.back();
  open.role = Role::use;
  if (around.kind == Kind::comprehension) {
    open.first = open.kind == Kind::for_in_clause && !around.looped;
    around.looped = around.looped || open.first;
  } else if (field == fields().left) {
    open.role = Role::bind;
  } else if (field == fields().right && around.first) {
    open.scope = around.other;
  }
}

void ScopeWalk::place_parameter(Open& open, TSFieldId field) {
  const Open& around = path_.back();
  if (field == fields().type) return place_annotation(open, around.scope);
  const bool holds = open.kind == Kind::typed_parameter || open.kind == Kind::default_parameter ||
                     open.kind == Kind::typed_default_parameter;
  if (holds) return;
  open.role = Role::parameter;
  open.scope = around.other;
  if (field != fields().value) return;
  open.role = Role::use;
  open.scope = around.scope;
  const SymbolScope& scope = table_.scopes[open.scope];
  if (scope.kind == ScopeKind::type_parameters) open.scope = scope.parent;
}

bool ScopeWalk::act(Open& open) {
  return is_statement(open.kind) ? open_statement(open) : open_expression(open);
}

bool ScopeWalk::open_statement(Open& open) {
  open.role = Role::use;
  switch (open.kind) {
    case Kind::function:
      open_function(open);
      return true;
    case Kind::class_:
      open_class(open);
      return true;
    case Kind::type_alias:
      open_type_alias(open);
      return true;
    case Kind::import_:
    case Kind::from_import:
    case Kind::future_import:
      import_names(open);
      return false;
    case Kind::global:
    case Kind::nonlocal:
      declare(open);
      return false;
    case Kind::print:  // `print >>f, x` is an expression to Python 3
      use(open, ts_node_child(open.node, 0), open.when);
      return true;
    case Kind::try_:
      open.expects = catches_name_error(open.node);
      return true;
    case Kind::with:
      open.expects =
          tree_->text(ts_node_named_child(open.node, 0)).find(kNameError) != std::string_view::npos;
      return true;
    default:
      return true;
  }
}

bool ScopeWalk::open_expression(Open& open) {
  switch (open.kind) {
    case Kind::identifier:
      identifier(open);
      return false;
    case Kind::dotted_name:
      return pattern(open);
    case Kind::string:
      if (open.strings && path_.back().kind != Kind::concatenated_string) text_annotation(open);
      return true;
    case Kind::named_expression:
      // Right in the braces of an f-string, `:=` begins a format.
      if (path_.back().kind != Kind::interpolation) return !string_;
      open.node = child_of(open.node, fields().name);
      identifier(open);
      return false;
    case Kind::lambda:
      if (string_) return false;
      open.other = add_scope(ScopeKind::lambda, open.node, open.scope, {});
      return true;
    case Kind::comprehension:
      if (string_) return false;
      open.other = open.scope;
      open.scope = add_scope(ScopeKind::comprehension, open.node, open.scope, {});
      return true;
    default:
      return true;
  }
}

}  // namespace gs::python
