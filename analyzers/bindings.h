#pragma once
// What the imports of a file bind its names to.

#include <map>
#include <string>
#include <string_view>

#include "lib/python/modules.h"

namespace gs::analyzers {

// A module, or a name in one.
struct Bound {
  std::string module, name;  // name: empty for a module
  bool plain = true;         // no: guarded, for type checking, or bound to two things
};
using Bindings = std::map<std::string, Bound, std::less<>>;

// `facts`: of the file, for core::ImportReader. Names of star imports are not among them.
Bindings bindings_of(const python::ModuleMap& modules, std::string_view path,
                     std::string_view facts);

}  // namespace gs::analyzers
