#include "lib/python/names/scopes.h"

#include <algorithm>

#include "lib/python/names/scope_walk.h"

namespace gs::python {

namespace {

bool holds_nonlocals(ScopeKind kind) {
  return kind != ScopeKind::module && kind != ScopeKind::class_;
}

const Symbol* symbol_in(const SymbolScope& scope, const std::string& name) {
  const auto found = scope.symbols.find(name);
  return found == scope.symbols.end() ? nullptr : &found->second;
}

// What a function binds through `nonlocal` is its enclosing function's.
void hand_up_nonlocals(ScopeTable& table) {
  for (std::size_t at = table.scopes.size(); at-- > 1;) {
    for (auto& [name, symbol] : table.scopes[at].symbols) {
      if (!symbol.nonlocal || symbol.bindings.empty()) continue;
      const auto owner = scope_of(table, at, name);
      if (!owner || *owner == at) continue;
      auto& bindings = table.scopes[*owner].symbols[name].bindings;
      for (Binding& binding : symbol.bindings) {
        binding.direct = false;
        binding.elsewhere = true;
        bindings.push_back(binding);
      }
      symbol.bindings.clear();
    }
  }
}

}  // namespace

ScopeTable scopes_of(const PythonTree& tree, std::chrono::milliseconds limit) {
  ScopeTable table = ScopeWalk(tree, limit).run();
  hand_up_nonlocals(table);
  return table;
}

std::optional<ScopeTable> scopes_of(const ParsedSource& source) {
  if (source.out_of_time()) return std::nullopt;
  const PythonTree* const tree = source.whole_tree();
  return tree != nullptr ? scopes_of(*tree, source.limits().time / 4) : ScopeTable{};
}

std::optional<std::size_t> scope_of(const ScopeTable& table, std::size_t scope,
                                    const std::string& name) {
  bool visible = true, functions_only = false;
  for (std::size_t at = scope; at != 0; at = table.scopes[at].parent) {
    const SymbolScope& one = table.scopes[at];
    const Symbol* symbol = visible || holds_nonlocals(one.kind) ? symbol_in(one, name) : nullptr;
    // The names of a class are seen in it and in its own type parameters, not in its functions.
    visible = one.kind == ScopeKind::type_parameters && visible;
    if (symbol == nullptr) continue;
    if (symbol->global) return functions_only ? std::nullopt : std::optional<std::size_t>(0);
    if (symbol->nonlocal) {
      functions_only = true;
    } else if (!symbol->bindings.empty() && !(functions_only && !holds_nonlocals(one.kind))) {
      return at;
    }
  }
  return functions_only ? std::nullopt : std::optional<std::size_t>(0);
}

std::string qualified_name(const ScopeTable& table, std::size_t scope) {
  std::string name;
  for (std::size_t at = scope; at != 0; at = table.scopes[at].parent) {
    const std::string& one = table.scopes[at].name;
    if (one.empty()) continue;
    name = name.empty() ? one : one + "." + name;
  }
  return name;
}

}  // namespace gs::python
