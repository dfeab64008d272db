// What the walk does with the names it meets.

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "lib/python/interface/names.h"
#include "lib/python/interface/statements.h"

namespace gs::python {

using core::Definition;

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
