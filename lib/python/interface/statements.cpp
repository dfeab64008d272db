#include "lib/python/interface/statements.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/python/interface/names.h"

namespace gs::python {

using core::Definition;

namespace {

// Only what holds one of these is walked below its statements: most expressions, and the bodies of
// most functions, bind nothing in the module.
constexpr std::array<std::string_view, 6> kTelling{":=",    "__all__", "global",
                                                   "vars(", "locals(", "exec"};
constexpr std::string_view kOwnModule = "sys.modules[__name__]";

std::vector<std::uint32_t> places_of_telling(std::string_view text) {
  std::vector<std::uint32_t> places;
  const auto find_all = [&](std::string_view word) {
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + word.size())) {
      places.push_back(static_cast<std::uint32_t>(at));
    }
  };
  std::ranges::for_each(kTelling, find_all);
  find_all(kOwnModule);
  std::ranges::sort(places);
  return places;
}

}  // namespace

InterfaceWalk::InterfaceWalk(const PythonTree& tree)
    : tree_(tree), telling_(places_of_telling(tree.text())), exports_(tree) {
  scopes_.emplace_back(NameScope::Type::module);
}

bool InterfaceWalk::tells(TSNode node) const {
  const auto at = std::ranges::lower_bound(telling_, ts_node_start_byte(node));
  return at != telling_.end() && *at < ts_node_end_byte(node);
}

core::Interface InterfaceWalk::run() {
  Cursor cursor(tree_.root());
  for (bool more = true; more;) {
    if (enter(cursor.node(), cursor.field())) {
      if (cursor.down()) continue;
      leave();
    }
    while (more && !cursor.next()) {
      more = cursor.up();
      if (more) leave();
    }
  }
  scope().open_condition();  // only if the function is called
  for (Definition& definition : globals_) {
    if (definition.name == "__all__") exports_.blur(true);
    if (!scope().binds(definition.name)) scope().bind(std::move(definition));
  }
  interface_.has_getattr = scope().binds("__getattr__");
  interface_.definitions = scope().take();
  std::ranges::stable_sort(interface_.definitions, {}, &Definition::line);
  interface_.all = exports_.list();
  interface_.all_unclear = exports_.unclear();
  return std::move(interface_);
}

bool InterfaceWalk::open(TSNode node, Kind kind, Closes closes) {
  path_.push_back({node, kind, closes});
  return true;
}

void InterfaceWalk::leave() {
  const Closes closes = path_.back().closes;
  path_.pop_back();
  switch (closes) {
    case Closes::nothing:
      return;
    case Closes::condition:
      return scope().close_condition();
    case Closes::block:
      return scope().close_block();
    case Closes::error:
      --errors_;
      return;
    case Closes::class_:
      return define_class();
    case Closes::scope:
      if (scope().type() == NameScope::Type::class_) classes_.back().members = scope().take();
      scopes_.pop_back();
  }
}

bool InterfaceWalk::enter(TSNode node, TSFieldId field) {
  const Kind kind = kind_of(node);
  if (kind == Kind::error) {
    ++errors_;
    return open(node, kind, Closes::error);
  }
  if (kind == Kind::block) return enter_block(node);
  if (is_statement(kind)) {
    if (lost(node)) return false;
    check_indentation(node);
    return enter_statement(node, kind);
  }
  return enter_expression(node, kind, field);
}

// In a broken region the level of a statement is known only where it begins a line.
bool InterfaceWalk::lost(TSNode statement) const {
  return !path_.empty() && path_.back().kind == Kind::error && at_module() &&
         ts_node_start_point(statement).column != 0;
}

bool InterfaceWalk::enter_block(TSNode node) {
  const Kind owner = path_.empty() ? Kind::module : path_.back().kind;
  if (owner == Kind::function) {
    if (!tells(node)) return false;
    scopes_.emplace_back(NameScope::Type::function);
    return open(node, Kind::block, Closes::scope);
  }
  if (owner == Kind::class_) {
    scopes_.emplace_back(NameScope::Type::class_);
    return open(node, Kind::block, Closes::scope);
  }
  scope().open_block();
  return open(node, Kind::block, Closes::block);
}

bool InterfaceWalk::enter_statement(TSNode node, Kind kind) {
  static const TSFieldId left = field_named("left");
  switch (kind) {
    case Kind::for_:
    case Kind::if_:
    case Kind::while_:
    case Kind::try_:
    case Kind::with:
    case Kind::match:
      scope().open_condition();
      if (kind == Kind::for_) {
        each_target(tree_, child_of(node, left), [&](TSNode name) { bind_variable(name); });
      }
      return open(node, kind, Closes::condition);
    case Kind::function:
    case Kind::class_:
    case Kind::decorated:
      return enter_definition(node, kind);
    case Kind::import_:
    case Kind::from_import:
    case Kind::future_import:
      import_names(node, kind);
      return false;
    case Kind::global:
      each_child(node, [&](TSNode child, TSFieldId) {
        if (kind_of(child) == Kind::identifier) scope().declare_global(name_of(tree_, child));
      });
      return false;
    case Kind::delete_:
      remove_names(node);
      return tells(node) && open(node, kind, Closes::nothing);
    case Kind::type_alias: {
      TSNode name = child_of(node, left);
      while (!ts_node_is_null(name) && kind_of(name) != Kind::identifier) {
        name = ts_node_named_child(name, 0);
      }
      if (!ts_node_is_null(name)) bind_variable(name);
      return false;
    }
    case Kind::exec:
      interface_.dynamic = interface_.dynamic || at_module();
      return false;
    case Kind::expression_statement:
      if (at_module() && !scope().conditional() && errors_ == 0 && tells(node) &&
          exports_.take(node)) {
        scope().bind({Definition::Kind::variable, "__all__", line_of(node), {}, {}, {}, {}});
        return false;
      }
      return open(node, kind, Closes::nothing);
    default:
      return tells(node) && open(node, kind, Closes::nothing);
  }
}

bool InterfaceWalk::enter_definition(TSNode node, Kind kind) {
  static const TSFieldId name = field_named("name");
  if (kind == Kind::decorated) {
    decorators_.clear();
    return open(node, kind, Closes::nothing);
  }
  if (kind == Kind::function) {
    define_function(node);
    return tells(node) && open(node, kind, Closes::nothing);
  }
  if (classes_.size() >= core::kDeepestNesting) {
    interface_.partials.push_back({core::Trouble::syntax, line_of(node)});
    decorators_.clear();
    return false;
  }
  const TSNode named = child_of(node, name);
  classes_.push_back({Definition::Kind::class_,
                      ts_node_is_null(named) ? std::string() : name_of(tree_, named),
                      line_of(node),
                      {},
                      std::exchange(decorators_, {}),
                      bases_of(tree_, node),
                      {}});
  return open(node, kind, Closes::class_);
}

bool InterfaceWalk::enter_expression(TSNode node, Kind kind, TSFieldId field) {
  static const TSFieldId left = field_named("left");
  static const TSFieldId name = field_named("name");
  static const TSFieldId body = field_named("body");
  const auto bind_each = [&](TSNode target) { bind_variable(target); };
  switch (kind) {
    case Kind::module:
    case Kind::elif_clause:
    case Kind::else_clause:
    case Kind::except_clause:
    case Kind::finally_clause:
      return open(node, kind, Closes::nothing);
    case Kind::case_clause:
      each_child(node, [&](TSNode child, TSFieldId) {
        if (kind_of(child) == Kind::case_pattern) each_capture(tree_, child, bind_each);
      });
      return open(node, kind, Closes::nothing);
    case Kind::with_clause:
      each_with_target(tree_, node, bind_each);
      break;
    case Kind::assignment:
    case Kind::augmented_assignment:
      each_target(tree_, child_of(node, left), bind_each);
      return open(node, kind, Closes::nothing);
    case Kind::named_expression:
      // Right in the braces of an f-string, `:=` begins a format.
      if (path_.back().kind != Kind::interpolation) bind_variable(child_of(node, name));
      break;
    case Kind::decorator:
      decorators_.push_back(decorator_of(tree_, node));
      break;
    case Kind::identifier:
      mention(node, field);
      return false;
    case Kind::call:
      call(node);
      break;
    case Kind::subscript:
      if (tells(node) && tree_.text(node) == kOwnModule) interface_.dynamic = true;
      break;
    default:
      break;
  }
  if (!tells(node)) return false;
  if (field == body && !path_.empty() && path_.back().kind == Kind::lambda) {
    scopes_.emplace_back(NameScope::Type::function);
    return open(node, kind, Closes::scope);
  }
  return open(node, kind, Closes::nothing);
}

}  // namespace gs::python
