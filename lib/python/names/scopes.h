#pragma once
// The scopes of a Python source, what each binds, and where names are looked up: what CPython's
// `symtable` tells, and besides where it stands. The rules are those of the language reference,
// "Naming and binding", and of CPython's Python/symtable.c.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/python/interface/parsed_source.h"

namespace gs::python {

enum class ScopeKind : std::uint8_t {
  module,
  class_,
  function,
  lambda,
  comprehension,
  type_parameters  // of `def f[T]`, `class C[T]`, `type A[T]`
};

enum class BindingKind : std::uint8_t {
  parameter,
  import,
  definition,  // `def`, `class`, `type`
  assignment,  // any target: of `=`, `:=`, `for`, `with … as`, a pattern of `case`
  handler,     // `except … as`: bound in the clause alone
  // Those that make a name local and give it no value:
  augmented,   // `x += 1` reads first
  annotation,  // `x: int`
  deletion
};
inline bool gives_value(BindingKind kind) {
  return kind <= BindingKind::handler;
}

struct ByteRange {
  std::uint32_t begin = 0, end = 0;

  bool contains(std::uint32_t at) const { return begin <= at && at < end; }
};

struct Binding {
  BindingKind kind = BindingKind::assignment;
  std::uint32_t line = 0;
  ByteRange range;         // of the name; of a handler its clause
  bool direct = false;     // by a statement of the scope's own block, in no other statement
  bool elsewhere = false;  // in another scope, through `global` or `nonlocal`
};

struct Symbol {
  std::vector<Binding> bindings;  // those by `global` elsewhere are the module's
  bool global = false, nonlocal = false;
};

struct SymbolScope {
  ScopeKind kind = ScopeKind::module;
  std::string name;  // of the function or class; else empty
  std::uint32_t line = 0;
  std::size_t parent = 0;     // a place in ScopeTable::scopes; the module's is its own
  std::string private_class;  // whose private names (`__x`) are mangled in it; may be empty
  std::unordered_map<std::string, Symbol> symbols;  // by mangled, NFKC-folded name
};

struct NameUse {
  enum class When : std::uint8_t {
    runs,        // when the scope's code runs
    annotation,  // not evaluated: `from __future__ import annotations`, a variable's in a function
    text,        // in a string that is an annotation
    type_checking,  // in an `if TYPE_CHECKING`; the value of `type A = …`
    declares        // `nonlocal x`: an enclosing function must bind it
  };

  std::string name;
  std::size_t scope = 0;
  std::uint32_t line = 0, at = 0;  // at: byte
  When when = When::runs;
  bool guarded = false;  // where a NameError is caught or expected
};

struct ScopeTable {
  std::vector<SymbolScope> scopes;  // the module's first; others behind the one that they are in
  std::vector<NameUse> uses;        // in the order in which they stand
  bool lazy_annotations = false;    // from __future__ import annotations
};

// Of what is no Python, as a whole or in part, no scopes, not even the module's. Nothing when there
// was no time to find out.
std::optional<ScopeTable> scopes_of(const ParsedSource& source);
inline std::optional<ScopeTable> scopes_of(std::string_view source,
                                           const ParseLimits& limits = {}) {
  return scopes_of(ParsedSource(source, limits));
}

// Where a name that is used in a scope is found, by CPython's rules: a scope that binds it, or the
// module's (0), which may not bind it. `nonlocal` names that no function binds: nothing.
std::optional<std::size_t> scope_of(const ScopeTable& table, std::size_t scope,
                                    const std::string& name);

// "Crawler.run"; empty for the module.
std::string qualified_name(const ScopeTable& table, std::size_t scope);

}  // namespace gs::python
