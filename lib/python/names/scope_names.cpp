// What the walk does with the names it meets.

#include <algorithm>
#include <utility>

#include "lib/python/interface/names.h"
#include "lib/python/names/scope_walk.h"
#include "lib/python/source_text.h"

namespace gs::python {

namespace {

TSNode field(TSNode node, std::string_view name) {
  return child_of(node, field_named(name));
}

// The class whose names beginning with two underscores are mangled by its own: without those that
// its name begins with.
std::string private_class(std::string_view class_name) {
  const std::size_t begin = class_name.find_first_not_of('_');
  return begin == class_name.npos ? std::string() : std::string(class_name.substr(begin));
}

// The text of a plain literal without escapes; nothing for others.
std::optional<std::string_view> plain_text(const PythonTree& tree, TSNode string) {
  std::optional<std::string_view> text;
  bool plain = true;
  each_child(string, [&](TSNode part, TSFieldId) {
    const Kind kind = kind_of(part);
    if (kind == Kind::string_start)
      plain = plain && tree.text(part).find_first_of("bBfFtT") == std::string_view::npos;
    if (kind == Kind::interpolation) plain = false;
    if (kind == Kind::string_content) text = tree.text(part);
  });
  if (!plain || !text || text->find('\\') != text->npos) return std::nullopt;
  return text;
}

}  // namespace

void ScopeWalk::open_function(Open& open) {
  const TSNode name = field(open.node, "name");
  bind(open, name, BindingKind::definition);
  open.scope = open_type_parameters(open);
  open.other = add_scope(ScopeKind::function, open.node, open.scope, tree_->text(name));
}

void ScopeWalk::open_class(Open& open) {
  const TSNode name = field(open.node, "name");
  bind(open, name, BindingKind::definition);
  open.scope = open_type_parameters(open);
  open.other = add_scope(ScopeKind::class_, open.node, open.scope, tree_->text(name));
}

void ScopeWalk::open_type_alias(Open& open) {
  const TSNode name = alias_name(open.node);
  open.other = open.scope;
  open.assigns = ts_node_is_null(name);
  if (open.assigns) return use(open, ts_node_child(open.node, 0), open.when);
  bind(open, name, BindingKind::definition);
  if (kind_of(ts_node_parent(name)) == Kind::generic_type)
    open.other = add_scope(ScopeKind::type_parameters, open.node, open.scope, {});
}

std::size_t ScopeWalk::open_type_parameters(const Open& open) {
  if (ts_node_is_null(field(open.node, "type_parameters"))) return open.scope;
  return add_scope(ScopeKind::type_parameters, open.node, open.scope, {});
}

std::size_t ScopeWalk::add_scope(ScopeKind kind, TSNode node, std::size_t parent,
                                 std::string_view name) {
  SymbolScope scope;
  scope.kind = kind;
  scope.name = fold_identifier(name);
  scope.line = line_of(node);
  scope.parent = parent;
  scope.private_class =
      kind == ScopeKind::class_ ? private_class(scope.name) : table_.scopes[parent].private_class;
  table_.scopes.push_back(std::move(scope));
  return table_.scopes.size() - 1;
}

void ScopeWalk::import_names(const Open& open) {
  const TSFieldId name = field_named("name"), alias = field_named("alias");
  each_child(open.node, [&](TSNode child, TSFieldId at) {
    if (at != name) return;
    const TSNode bound = kind_of(child) == Kind::aliased_import ? child_of(child, alias)
                                                                : ts_node_named_child(child, 0);
    if (kind_of(bound) == Kind::identifier) bind(open, bound, BindingKind::import);
    const TSNode imported = kind_of(child) == Kind::aliased_import ? child_of(child, name) : child;
    if (open.kind == Kind::future_import && tree_->text(imported) == "annotations")
      table_.lazy_annotations = true;
  });
}

void ScopeWalk::declare(const Open& open) {
  each_child(open.node, [&](TSNode child, TSFieldId) {
    if (kind_of(child) != Kind::identifier) return;
    Symbol& symbol = table_.scopes[open.scope].symbols[mangled(open.scope, child)];
    if (open.kind == Kind::global) {
      symbol.global = true;
    } else {
      symbol.nonlocal = true;
      use(open, child, NameUse::When::declares);
    }
  });
}

// A name in a pattern: captured if it stands alone, else looked up.
bool ScopeWalk::pattern(const Open& open) {
  const TSNode first = ts_node_named_child(open.node, 0);
  const bool dotted = ts_node_named_child_count(open.node) > 1;
  if (dotted || path_.back().kind == Kind::class_pattern) {
    use(open, first, open.when);
  } else if (tree_->text(first) != "_") {
    bind(open, first, BindingKind::assignment);
  }
  return false;
}

void ScopeWalk::identifier(const Open& open) {
  const std::size_t depth = path_.size();
  const bool of_handler = path_.back().kind == Kind::except_clause ||
                          (depth > 2 && path_[depth - 3].kind == Kind::except_clause &&
                           path_.back().kind == Kind::as_pattern_target);
  switch (open.role) {
    case Role::use:
      return use(open, open.node, open.when);
    case Role::bind:
      return bind(open, open.node, of_handler ? BindingKind::handler : BindingKind::assignment);
    case Role::augment:
      use(open, open.node, open.when);
      return bind(open, open.node, BindingKind::augmented);
    case Role::annotate:
      return bind(open, open.node, BindingKind::annotation);
    case Role::remove:
      use(open, open.node, open.when);
      return bind(open, open.node, BindingKind::deletion);
    case Role::capture:
      if (tree_->text(open.node) == "_") return;
      return bind(open, open.node, BindingKind::assignment);
    case Role::parameter:
    case Role::type_parameter:
      return bind(open, open.node, BindingKind::parameter);
    case Role::type_name:
      return;
  }
}

// The names in a string that is an annotation; what it is no expression of is none.
void ScopeWalk::text_annotation(const Open& open) {
  const auto text = plain_text(*tree_, open.node);
  if (!text) return;
  const std::string source = "(" + std::string(*text) + "\n)";
  const auto tree = PythonTree::parse(source, limit_);
  if (!tree || ts_node_has_error(tree->root())) return;
  Open top = open;
  top.node = tree->root();
  top.kind = Kind::module;
  top.when = NameUse::When::text;
  top.strings = false;
  string_ = open.node;
  walk(*tree, top);
  string_.reset();
}

void ScopeWalk::bind(const Open& open, TSNode name, BindingKind kind) {
  Binding binding{
      kind, line_of(name), {ts_node_start_byte(name), ts_node_end_byte(name)}, open.direct, false};
  if (kind == BindingKind::handler) {
    const auto clause =
        std::ranges::find(path_.rbegin(), path_.rend(), Kind::except_clause, &Open::kind);
    binding.range = {ts_node_start_byte(clause->node), ts_node_end_byte(clause->node)};
  }
  std::size_t scope = open.scope;
  if (path_.back().kind == Kind::named_expression) {  // beyond comprehensions
    while (table_.scopes[scope].kind == ScopeKind::comprehension)
      scope = table_.scopes[scope].parent;
  }
  std::string folded = mangled(scope, name);
  Symbol& symbol = table_.scopes[scope].symbols[folded];
  if (!symbol.global || scope == 0) {
    symbol.bindings.push_back(binding);
    return;
  }
  binding.direct = false;
  binding.elsewhere = true;
  table_.scopes.front().symbols[folded].bindings.push_back(binding);
}

void ScopeWalk::use(const Open& open, TSNode name, NameUse::When when) {
  NameUse used;
  used.name = mangled(open.scope, name);
  used.scope = open.scope;
  used.line = line_of(string_.value_or(name));
  used.at = ts_node_start_byte(string_.value_or(name));
  used.when = when;
  used.guarded = open.guarded;
  table_.uses.push_back(std::move(used));
}

std::string ScopeWalk::mangled(std::size_t scope, TSNode identifier) const {
  std::string name = name_of(*tree_, identifier);
  const std::string& of = table_.scopes[scope].private_class;
  const bool is_private = !of.empty() && name.starts_with("__") && !name.ends_with("__");
  return is_private ? "_" + of + name : name;
}

// Of a `try`: one of its clauses catches NameError, or everything.
bool ScopeWalk::catches_name_error(TSNode try_statement) const {
  bool caught = false;
  each_child(try_statement, [&](TSNode child, TSFieldId) {
    if (kind_of(child) != Kind::except_clause) return;
    bool named = false;
    each_child(child, [&](TSNode part, TSFieldId) {
      const Kind kind = kind_of(part);
      if (!ts_node_is_named(part) || kind == Kind::block || kind == Kind::comment) return;
      named = true;
      caught = caught || tree_->text(part).find("NameError") != std::string_view::npos;
    });
    caught = caught || !named;
  });
  return caught;
}

}  // namespace gs::python
