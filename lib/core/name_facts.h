#pragma once
// What a Python file uses and binds nowhere, and what it defines twice, as facts: values, and the
// bytes in which they are kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

// A name that is used in a scope where CPython finds none: neither there nor in enclosing scopes,
// the module or the builtins. Star imports and names made at run time are not considered.
struct UnboundName {
  enum class Doubt : std::uint8_t {
    none,
    not_run,  // in an annotation that is not evaluated, or for type checking only
    deleted   // bound, and deleted by the module's or function's own `del`: used before, perhaps
  };
  std::string name;   // NFKC-folded, private names mangled
  std::string scope;  // "Crawler.run"; empty: the module
  std::uint32_t line = 0;
  Doubt doubt = Doubt::none;

  bool operator==(const UnboundName&) const = default;
};

// What is defined again in the same place, where surely both run: the second one replaces the
// first, or is an error.
struct Repeat {
  enum class What : std::uint8_t {
    definition,  // a function or class of a module or class
    assignment,  // a name of a class: "Shop.size"
    attribute,   // of `self`, in `__init__`: "Shop.size"
    key,         // of a dictionary that is written out: "RATES['a']"
    argument,    // passed by name in a call: CPython takes no such file
    parameter    // nor one with such a function
  };
  What what = What::definition;
  std::string name;                   // with the class or dictionary
  std::uint32_t line = 0, again = 0;  // of the first and the second one
  bool alike = false;                 // both are written alike

  bool operator==(const Repeat&) const = default;
};

struct NameFacts {
  std::vector<UnboundName> unbound;  // of each name, scope and doubt the first, in their order
  std::vector<Repeat> repeated;      // in the order of their second lines

  bool operator==(const NameFacts&) const = default;
};

// As bytes for the cache; thaw: nothing when they are not what serialize made.
std::string serialize(const NameFacts& facts);
std::optional<NameFacts> thaw_names(std::string_view bytes);

}  // namespace gs::core
