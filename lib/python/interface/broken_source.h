#pragma once
// What a broken source still says: a bracket left open hides all that follows from the grammar, but
// not where the next `def` begins a line.

#include "lib/python/interface/interface.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

// Adds the definitions that the broken regions hold and that make sense by themselves.
void rescue(const PythonTree& tree, std::chrono::milliseconds limit, core::Interface& interface);

}  // namespace gs::python
