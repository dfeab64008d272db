#include "analyzers/symbols.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "analyzers/definition_changes.h"
#include "lib/core/text.h"
#include "lib/python/modules.h"

namespace gs::analyzers {

using core::Definition;
using Kind = core::Definition::Kind;

namespace {

struct Gathered {
  Symbol symbol;
  std::vector<const Definition*> overloads;
};

bool decorated(const Definition& definition, std::string_view ending) {
  return std::any_of(
      definition.decorators.begin(), definition.decorators.end(),
      [&](const std::string& decorator) { return std::string_view(decorator).ends_with(ending); });
}

void gather(Gathered& into, const Definition& definition) {
  if (decorated(definition, ".setter")) into.symbol.settable = true;
  // They belong to the property that stands there already.
  if (decorated(definition, ".setter") || decorated(definition, ".deleter") ||
      decorated(definition, ".getter"))
    return;
  if (decorated(definition, "overload")) {
    into.overloads.push_back(&definition);
    return;
  }
  if (!definition.conditional) into.symbol.choices.clear();
  into.symbol.choices.push_back(&definition);
}

std::optional<Symbol> symbol_of(Gathered gathered) {
  Symbol& symbol = gathered.symbol;
  if (symbol.choices.empty()) symbol.choices = std::move(gathered.overloads);
  return symbol.choices.empty() ? std::nullopt : std::optional(std::move(symbol));
}

std::vector<core::Parameter> bare(std::vector<core::Parameter> parameters) {
  for (core::Parameter& parameter : parameters) parameter.annotation.clear();
  return parameters;
}

bool same_function(const Definition& a, const Definition& b, bool in_class) {
  const bool async_a = a.signature && a.signature->async,
             async_b = b.signature && b.signature->async;
  return access_of(a) == access_of(b) && async_a == async_b &&
         bare(passed_to(a, in_class)) == bare(passed_to(b, in_class));
}

std::vector<Symbol> public_members(const Definition& definition) {
  std::vector<Symbol> members = Symbols(definition.members).list();
  std::erase_if(members, [](const Symbol& member) {
    return is_private(member.name) && member.name != "__init__";
  });
  std::sort(members.begin(), members.end(),
            [](const Symbol& a, const Symbol& b) { return a.name < b.name; });
  return members;
}

bool same_class(const Definition& a, const Definition& b) {
  const std::vector<Symbol> ours = public_members(a), theirs = public_members(b);
  return !ours.empty() && std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                     [](const Symbol& x, const Symbol& y) {
                                       const bool value =
                                           x.kind() == Kind::variable && y.kind() == Kind::variable;
                                       return x.name == y.name && (value || same_build(x, y, true));
                                     });
}

}  // namespace

Symbols::Symbols(const std::vector<Definition>& definitions) {
  std::vector<Gathered> gathered;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const Definition& definition : definitions) {
    const auto [place, fresh] = places.try_emplace(definition.name, gathered.size());
    if (fresh) gathered.push_back({{definition.name, {}, false}, {}});
    gather(gathered[place->second], definition);
  }
  for (Gathered& one : gathered) {
    auto symbol = symbol_of(std::move(one));
    if (!symbol) continue;
    places_.emplace(symbol->choices.front()->name, list_.size());
    list_.push_back(std::move(*symbol));
  }
}

std::optional<Symbol> symbol_named(const std::vector<Definition>& definitions,
                                   std::string_view name) {
  Gathered gathered{{std::string(name), {}, false}, {}};
  for (const Definition& definition : definitions) {
    if (definition.name == name) gather(gathered, definition);
  }
  return symbol_of(std::move(gathered));
}

const Symbol* Symbols::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &list_[found->second];
}

bool same_build(const Symbol& a, const Symbol& b, bool in_class) {
  if (a.kind() != b.kind() || a.choices.size() != 1 || b.choices.size() != 1) return false;
  if (a.kind() == Kind::function) return same_function(a.definition(), b.definition(), in_class);
  return a.kind() == Kind::class_ && same_class(a.definition(), b.definition());
}

bool is_private(std::string_view name) {
  return name.starts_with('_');
}

namespace {

using core::Interface;
using ModuleKind = python::FoundModule::Kind;
using Is = Interface::Answer;

std::string_view parent_of(std::string_view module) {
  const std::size_t dot = module.rfind('.');
  return dot == module.npos ? std::string_view() : module.substr(0, dot);
}

std::string_view leaf_of(std::string_view module) {
  return module.substr(module.rfind('.') + 1);
}

// Why a name that a module's source does not bind may be there; empty: no reason but its stars.
std::string own_doubt(std::string_view module, const Interface& interface) {
  if (interface.has_getattr) return fmt::format("{} has a module __getattr__", module);
  if (interface.dynamic) return fmt::format("{} makes names as it runs", module);
  if (!interface.partials.empty()) return fmt::format("{} could be read in part only", module);
  return {};
}

// A stub says what a module is for, not all that it has.
std::string stub_doubt(const python::FoundModule& found) {
  return found.path.ends_with(".pyi") ? core::quote_path(found.path) + " is only a stub" : "";
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
}

}  // namespace

OfferedNames::OfferedNames(core::SourceTree& tree, python::ModuleMap& modules,
                           InterfaceOf interface_of)
    : tree_(tree), modules_(modules), interface_of_(std::move(interface_of)) {}

const Interface* OfferedNames::interface_of(const python::FoundModule& found) {
  if (found.path.empty()) return nullptr;
  const auto known = known_.find(found.path);
  if (known != known_.end()) return &known->second;
  const auto blob = tree_.file(found.path);
  if (!blob) return nullptr;
  return &known_.emplace(found.path, interface_of_(*blob)).first->second;
}

OfferedNames::Answer OfferedNames::offers(std::string_view module, std::string_view name,
                                          bool imports_count) {
  Visited visited;
  return look(module, name, imports_count, visited);
}

OfferedNames::Answer OfferedNames::look(std::string_view module, std::string_view name,
                                        bool imports_count, Visited& visited) {
  if (!visited.emplace(module).second) return {};
  const python::FoundModule found = modules_.found(modules_.find(module));
  const Interface* interface = interface_of(found);
  if (interface == nullptr) return {};
  const auto& definitions = interface->definitions;
  const bool bound = std::ranges::any_of(definitions, [&](const core::Definition& definition) {
    return definition.name == name &&
           (imports_count || definition.kind != core::Definition::Kind::import);
  });
  if (bound || Interface().binds(name) == Is::yes) return {Is::yes, {}};
  std::string doubt = own_doubt(module, *interface);
  if (doubt.empty()) doubt = stub_doubt(found);
  const std::string_view package = found.kind == ModuleKind::package ? module : parent_of(module);
  for (const core::StarImport& star : interface->stars) {
    std::optional<std::string_view> base;
    if (star.level > 0) base = python::relative_base(package, star.level);
    if (star.level > 0 && !base) continue;
    std::string from(base.value_or(""));
    if (!from.empty() && !star.module.empty()) from += '.';
    from += star.module;
    Answer answer = through_star(from, name, visited);
    if (answer.answer == Is::yes) return answer;
    if (answer.answer == Is::unclear && doubt.empty()) doubt = std::move(answer.doubt);
  }
  return {doubt.empty() ? Is::no : Is::unclear, std::move(doubt)};
}

// Whether `from MODULE import *` brings the name.
OfferedNames::Answer OfferedNames::through_star(const std::string& module, std::string_view name,
                                                Visited& visited) {
  const python::FoundModule found = modules_.found(modules_.find(module));
  if (found.kind == ModuleKind::absent)
    return {Is::unclear, fmt::format("it could come from {} by *", core::printable(module))};
  const Interface* interface = interface_of(found);
  if (interface == nullptr) return {};
  if (interface->all && !interface->all_unclear) {
    const bool listed = std::ranges::find(*interface->all, name) != interface->all->end();
    return {listed ? Is::yes : Is::no, {}};
  }
  if (name.starts_with('_') && !interface->all_unclear) return {};
  Answer answer = look(module, name, true, visited);
  const bool computed = interface->all_unclear && answer.answer == Is::yes;
  // A submodule is an attribute of its package once somebody has imported it.
  const python::ModuleId below = modules_.find(fmt::format("{}.{}", module, name));
  const bool submodule =
      answer.answer == Is::no && modules_.found(below).kind != ModuleKind::absent;
  if (computed || submodule)
    return {Is::unclear, fmt::format("it could come from {} by *", module)};
  return answer;
}

OfferedNames::Nearby OfferedNames::near(std::string_view importing_file, std::string_view module) {
  std::string below(module);
  std::ranges::replace(below, '.', '/');
  const python::FoundModule known = modules_.found(modules_.find(module));
  Nearby nearby;
  for (std::string_view folder = folder_of(importing_file); !folder.empty();
       folder = folder_of(folder)) {
    const std::string at = fmt::format("{}/{}", folder, below);
    const auto there = [&](std::string_view ending) {
      return tree_.file(at + std::string(ending));
    };
    std::string path = there(".py")            ? at + ".py"
                       : there("/__init__.py") ? at + "/__init__.py"
                       : known.kind == ModuleKind::absent && tree_.holds_python(at) ? at
                                                                                    : "";
    if (path.empty() || path == known.path) continue;
    const bool package = tree_.file(fmt::format("{}/__init__.py", folder)).has_value();
    if (!package) return {std::move(path), true};
    if (nearby.path.empty()) nearby.path = std::move(path);
  }
  return nearby;
}

std::string OfferedNames::hidden_module(std::string_view module) {
  static constexpr std::array<std::string_view, 9> kCompiled{
      ".so", ".abi3.so", ".pyd", ".pyx", ".c", ".cc", ".cpp", ".rs", ".f90"};
  std::string_view parent = parent_of(module);
  const python::FoundModule package = modules_.found(modules_.find(parent));
  if (package.kind == ModuleKind::package) {
    const std::string folder = package.path.substr(0, package.path.rfind('/') + 1);
    for (const std::string_view ending : kCompiled) {
      const std::string file = fmt::format("{}{}{}", folder, leaf_of(module), ending);
      if (tree_.file(file)) return core::quote_path(file) + " may be built into it";
    }
  }
  for (; !parent.empty(); parent = parent_of(parent)) {
    const python::FoundModule found = modules_.found(modules_.find(parent));
    const Interface* interface = interface_of(found);
    if (interface != nullptr && interface->dynamic)
      return fmt::format("{} makes names as it runs", parent);
    if (found.kind != ModuleKind::absent) break;
  }
  return {};
}

}  // namespace gs::analyzers
