#pragma once
// What a broken source still says: a bracket left open hides all that follows from the grammar, but
// not where the next `def` begins a line.

#include <vector>

#include "lib/core/import_facts.h"
#include "lib/python/interface/interface.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

// Adds the definitions that the broken regions hold and that make sense by themselves.
void rescue(const PythonTree& tree, std::chrono::milliseconds limit, core::Interface& interface);

// ---- Where a tree is no Python: what the grammar could not take, and what it takes but CPython
// does not.

std::vector<core::Partial> troubles_of(const PythonTree& tree);

}  // namespace gs::python
