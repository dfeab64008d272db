#pragma once
// What became of one function or class that is still there.

#include <string>
#include <vector>

#include "analyzers/symbols.h"
#include "lib/core/interface.h"

namespace gs::analyzers {

struct DefinitionChanges {
  std::vector<std::string> breaking, added;  // each begins with the name
};

// The modules that the two stand in: where base classes are looked up.
struct Surroundings {
  const Symbols& before;
  const Symbols& after;
};

// `name` as the caller writes it: "RiskManager". What cannot be known is not claimed.
DefinitionChanges definition_changes(const Symbol& before, const Symbol& after,
                                     const std::string& name, const Surroundings& modules);

// "RiskManager.validate()", "RiskManager.limit"
std::string spoken(const Symbol& symbol, const std::string& name);

// Those that have gone and those that have come, as pairs that can only be the same thing under
// another name.
struct Renamed {
  const Symbol* from;
  const Symbol* to;
};
std::vector<Renamed> renames(const std::vector<const Symbol*>& gone,
                             const std::vector<const Symbol*>& come, bool in_class);

// ---- Whether a call that was right stays right.

// Of what the caller passes: for methods without `self` or `cls`. A value that would land in
// another parameter counts as wrong.
bool still_accepts(const std::vector<core::Parameter>& before,
                   const std::vector<core::Parameter>& after);

// How a function is reached through its class.
enum class Access { plain, property, static_method, class_method };
Access access_of(const core::Definition& function);

// What a caller passes to a function of a class, or of a module.
std::vector<core::Parameter> passed_to(const core::Definition& function, bool in_class);

}  // namespace gs::analyzers
