#pragma once
// What became of public interfaces: for those who build on them.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/interface.h"

namespace gs::analyzers {

// One module before and after; none: it was not there, or is gone.
struct ModuleChange {
  std::string module;  // dotted
  std::optional<core::Interface> before, after;
};

// In the reference design's words: "RiskEnforcementChain"; "RiskManager.validate() signature
// changed". Sorted by module, then as they stand in it. Names with a leading '_' are nobody's
// business, unless `__all__` names them; of a module with `__all__` only what it names counts.
struct InterfaceChanges {
  std::vector<std::string> new_interfaces;    // functions, classes, methods added
  std::vector<std::string> breaking_changes;  // removed, renamed, moved, signature changed
};

// All changed modules of one piece of work together: what leaves one module and turns up in another
// has moved. A signature counts as changed when a call that was right could now be wrong.
InterfaceChanges interface_changes(const std::vector<ModuleChange>& modules);

// The same, told by the module that it is about; a move by the module that was left.
using ChangesByModule = std::map<std::string, InterfaceChanges>;
ChangesByModule changes_by_module(const std::vector<ModuleChange>& modules);

}  // namespace gs::analyzers
