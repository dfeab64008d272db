#pragma once
// The names that a Python source uses and binds nowhere, by CPython's rules.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/name_facts.h"
#include "lib/python/names/scopes.h"

namespace gs::python {

// Counted up when the same source gives other facts.
inline constexpr std::uint32_t kNamesVersion = 2;

// Whatever the order in which code runs: a name that is bound in a scope at all is bound, but for
// `except … as` outside its clause, and behind a `del`. Uses where a NameError is caught or
// expected are left out.
std::vector<core::UnboundName> unbound_names(const ScopeTable& table);

// These, and what is repeated (repeats.h); of what is no Python nothing. None when there was no
// time to find out.
std::optional<core::NameFacts> names_of(const ParsedSource& source);
inline std::optional<core::NameFacts> names_of(std::string_view source,
                                               const ParseLimits& limits = {}) {
  return names_of(ParsedSource(source, limits));
}

// Whether a module has a name without binding it: `print`, `__file__`. Of all Pythons since 3.8.
bool is_builtin(std::string_view name);

// How a name is bound for those who use it in a scope.
struct BoundName {
  BindingKind kind = BindingKind::assignment;
  std::string scope;  // that binds it
  std::uint32_t line = 0;
};

// The first binding of `name` for a use in `scope` ("Crawler.run"; where there is no such scope,
// in the module); nothing where it is not bound, or the source is no Python.
std::optional<BoundName> binding_of(std::string_view source, const std::string& name,
                                    std::string_view scope, const ParseLimits& limits = {});

}  // namespace gs::python
