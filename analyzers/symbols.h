#pragma once
// The names of a module or a class, each with all that it may be.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/core/interface.h"

namespace gs::analyzers {

// A name once, with the definitions that may hold when the module has run: the last one, those of
// several branches, or all overloads. They are the interface's, which must outlive it.
struct Symbol {
  std::string name;
  std::vector<const core::Definition*> choices;  // never empty
  bool settable = false;                         // a property with a setter

  const core::Definition& definition() const { return *choices.back(); }
  core::Definition::Kind kind() const { return definition().kind; }
};

class Symbols {
 public:
  Symbols() = default;
  explicit Symbols(const std::vector<core::Definition>& definitions);

  // In the order in which the names first appear.
  const std::vector<Symbol>& list() const { return list_; }
  const Symbol* find(std::string_view name) const;

 private:
  std::vector<Symbol> list_;
  std::unordered_map<std::string_view, std::size_t> places_;  // names are the interface's
};

// Whether the two are built alike: of one kind, with the same parameters, or the same (and any)
// public members. Variables have no build.
bool same_build(const Symbol& a, const Symbol& b, bool in_class);

bool is_private(std::string_view name);

}  // namespace gs::analyzers
