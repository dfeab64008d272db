#pragma once
// What a Python source defines twice in one place.

#include <vector>

#include "lib/core/name_facts.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

// Of a tree without errors. Only what surely runs, one after the other: nothing that stands in an
// `if`, a `try` or a loop, is overloaded, registered (`@f.register`) or a property's other half
// (`@f.setter`), is called `_`, or is used between the two.
std::vector<core::Repeat> repeats_of(const PythonTree& tree);

}  // namespace gs::python
