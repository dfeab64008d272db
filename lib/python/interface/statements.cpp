#include "lib/python/interface/statements.h"

#include <algorithm>
#include <array>
#include <span>
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
      const TSNode name = alias_name(node);
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
                      {},
                      false,
                      metaclass_of(tree_, node)});
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

void NameScope::bind(Definition definition) {
  definition.conditional = conditional();
  std::vector<std::size_t>& places = places_[definition.name];
  const bool plain =
      definition.kind == Definition::Kind::variable || definition.kind == Definition::Kind::import;
  if (plain && !places.empty() && definitions_[places.back()].kind == definition.kind) {
    Definition& before = definitions_[places.back()];
    before.conditional = before.conditional && definition.conditional;
    return;
  }
  places.push_back(definitions_.size());
  definitions_.push_back(std::move(definition));
}

void NameScope::unbind(const std::string& name) {
  const auto found = places_.find(name);
  if (found == places_.end()) return;
  const std::size_t mark = marks_.empty() ? 0 : marks_.back();
  std::vector<std::size_t>& places = found->second;
  while (!places.empty() && places.back() >= mark) {
    definitions_[places.back()].name.clear();
    places.pop_back();
  }
  for (const std::size_t place : places) definitions_[place].conditional = true;
  if (places.empty()) places_.erase(found);
}

std::vector<Definition> NameScope::take() {
  std::erase_if(definitions_, [](const Definition& definition) { return definition.name.empty(); });
  places_.clear();
  return std::exchange(definitions_, {});
}

// What the walk does with the names it meets.

namespace {

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// What leaves `__all__` as it is.
constexpr std::array<std::string_view, 5> kReadingMethods{"count", "index", "copy", "__contains__",
                                                          "__iter__"};
constexpr std::array<std::string_view, 11> kReadingFunctions{
    "sorted", "set",       "frozenset", "list",  "tuple", "len",
    "iter",   "enumerate", "dict",      "print", "any"};

}  // namespace

void InterfaceWalk::bind(Definition definition) {
  if (definition.name.empty()) return;
  if (scope().type() != NameScope::Type::module && scope().is_global(definition.name)) {
    definition.conditional = true;
    globals_.push_back(std::move(definition));
  } else if (scope().type() != NameScope::Type::function) {
    if (at_module() && definition.name == "__all__") exports_.blur();
    scope().bind(std::move(definition));
  }
}

void InterfaceWalk::bind_variable(TSNode name) {
  if (kind_of(name) != Kind::identifier) return;
  bind({Definition::Kind::variable, name_of(tree_, name), line_of(name), {}, {}, {}, {}});
}

void InterfaceWalk::define_function(TSNode node) {
  static const TSFieldId name = field_named("name");
  const TSNode named = child_of(node, name);
  std::vector<std::string> decorators = std::exchange(decorators_, {});
  if (ts_node_is_null(named)) return;
  // Within a function only the name can matter.
  const bool local = scope().type() == NameScope::Type::function;
  std::string folded = name_of(tree_, named);
  if (local && !scope().is_global(folded)) return;
  bind({Definition::Kind::function,
        std::move(folded),
        line_of(node),
        signature_of(tree_, node),
        std::move(decorators),
        {},
        {}});
}

void InterfaceWalk::define_class() {
  Definition definition = std::move(classes_.back());
  classes_.pop_back();
  bind(std::move(definition));
}

void InterfaceWalk::remove_names(TSNode statement) {
  const TSNode targets = ts_node_named_child(statement, 0);
  if (ts_node_is_null(targets)) return;
  each_target(tree_, targets, [&](TSNode name) {
    const std::string folded = name_of(tree_, name);
    if (at_module() && folded == "__all__") {
      const bool whole = kind_of(targets) == Kind::identifier && !scope().conditional();
      if (!whole) return exports_.blur();
      exports_.remove();
    }
    if (scope().type() != NameScope::Type::function && !scope().is_global(folded)) {
      scope().unbind(folded);
    }
  });
}

void InterfaceWalk::import_names(TSNode statement, Kind kind) {
  static const TSFieldId name = field_named("name"), alias = field_named("alias");
  const std::uint32_t line = line_of(statement);
  each_child(statement, [&](TSNode child, TSFieldId field) {
    const Kind what = kind_of(child);
    if (what == Kind::wildcard_import) return star_import(statement);
    if (field != name) return;
    TSNode bound = child;
    if (what == Kind::aliased_import) {
      bound = child_of(child, alias);
    } else if (what == Kind::dotted_name) {
      bound = first_child(child, Kind::identifier);
      const bool dotted = ts_node_named_child_count(child) > 1;
      if (dotted && kind != Kind::import_) return;  // no Python
    }
    if (ts_node_is_null(bound) || kind_of(bound) != Kind::identifier) return;
    bind({Definition::Kind::import, name_of(tree_, bound), line, {}, {}, {}, {}});
  });
}

void InterfaceWalk::star_import(TSNode statement) {
  static const TSFieldId module_name = field_named("module_name");
  core::StarImport star;
  TSNode module = child_of(statement, module_name);
  if (ts_node_is_null(module)) return;
  if (kind_of(module) == Kind::relative_import) {
    const TSNode dots = first_child(module, Kind::import_prefix);
    if (!ts_node_is_null(dots)) {
      star.level = static_cast<std::uint32_t>(std::ranges::count(tree_.text(dots), '.'));
    }
    module = first_child(module, Kind::dotted_name);
  }
  if (!ts_node_is_null(module)) {
    each_child(module, [&](TSNode part, TSFieldId) {
      if (kind_of(part) != Kind::identifier) return;
      if (!star.module.empty()) star.module += '.';
      star.module += name_of(tree_, part);
    });
  }
  interface_.stars.push_back(std::move(star));
}

TSNode InterfaceWalk::first_child(TSNode node, Kind kind) const {
  TSNode found{};
  each_child(node, [&](TSNode child, TSFieldId) {
    if (ts_node_is_null(found) && kind_of(child) == kind) found = child;
  });
  return found;
}

// `__all__` where no statement that the exports understand has it: is it changed there?
void InterfaceWalk::mention(TSNode identifier, TSFieldId field) {
  static const TSFieldId attribute = field_named("attribute"), function = field_named("function");
  if (path_.empty() || field == attribute || tree_.text(identifier) != "__all__") return;
  bool changed = errors_ > 0;
  const Open& around = path_.back();
  if (around.kind == Kind::attribute) {
    const TSNode method = child_of(around.node, attribute);
    changed = ts_node_is_null(method) || !contains(kReadingMethods, tree_.text(method));
  } else if (around.kind == Kind::argument_list && path_.size() > 1) {
    const TSNode called = child_of(path_[path_.size() - 2].node, function);
    changed = ts_node_is_null(called) || !contains(kReadingFunctions, tree_.text(called));
  }
  if (changed) exports_.blur(scope().type() == NameScope::Type::function);
}

// `globals()` anywhere, `vars()` or `locals()` of the module, and `exec` may make any name.
void InterfaceWalk::call(TSNode node) {
  static const TSFieldId function = field_named("function"), arguments = field_named("arguments");
  if (!tells(node)) return;
  const std::string_view name = tree_.text(child_of(node, function));
  const TSNode given = child_of(node, arguments);
  const bool bare = ts_node_is_null(given) || ts_node_named_child_count(given) == 0;
  if ((name == "globals" && bare) ||
      (at_module() &&
       (((name == "vars" || name == "locals") && bare) || name == "exec" || name == "execfile"))) {
    interface_.dynamic = true;
  }
}

// The grammar takes lines that are indented as no block is.
void InterfaceWalk::check_indentation(TSNode statement) {
  if (path_.empty() || errors_ > 0) return;
  Open& block = path_.back();
  if (block.kind != Kind::block && block.kind != Kind::module) return;
  const std::string_view text = tree_.text();
  const std::uint32_t start = ts_node_start_byte(statement);
  std::uint32_t width = 0;
  const std::uint32_t column = std::min(ts_node_start_point(statement).column, 1024U);
  for (const char c : text.substr(start - column, column)) {
    if (c == '\f') {
      width = 0;
    } else if (c == ' ' || c == '\t') {
      width = c == ' ' ? width + 1 : (width / 8 + 1) * 8;
    } else {
      return;  // not the first on its line
    }
  }
  const std::uint32_t before = start - column;
  if (before > 1 && text[before - 2] == '\\') return;  // a joined line
  if (block.width == kNoWidth) block.width = block.kind == Kind::module ? 0 : width;
  if (width != block.width) {
    interface_.partials.push_back({core::Trouble::indentation, line_of(statement)});
  }
}

}  // namespace gs::python
