#pragma once
// What became of one function or class that is still there.

#include <string>
#include <vector>

#include "analyzers/symbols.h"

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

}  // namespace gs::analyzers
