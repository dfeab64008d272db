#pragma once
// Where a tree is no Python: what the grammar could not take, and what it takes but CPython does
// not.

#include <vector>

#include "lib/core/import_facts.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

std::vector<core::Partial> troubles_of(const PythonTree& tree);

}  // namespace gs::python
