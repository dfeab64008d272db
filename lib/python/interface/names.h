#pragma once
// Which names a node of the tree binds, and how it is written.

#include <functional>
#include <string>
#include <string_view>

#include "lib/core/interface.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

using OnName = std::function<void(TSNode name)>;

// The names in the target of an assignment, `for`, `del` or `as`; `__all__[…]` counts as `__all__`.
void each_target(const PythonTree& tree, TSNode target, const OnName& on_name);
// The targets of `with … as …`.
void each_with_target(const PythonTree& tree, TSNode with_clause, const OnName& on_name);
// The names that a pattern of `case` captures.
void each_capture(const PythonTree& tree, TSNode pattern, const OnName& on_name);

// As written, without comments; white space, but that in strings, is one space.
std::string written(const PythonTree& tree, TSNode node);
std::string name_of(const PythonTree& tree, TSNode identifier);  // NFKC-folded

core::Signature signature_of(const PythonTree& tree, TSNode function);
std::string decorator_of(const PythonTree& tree, TSNode decorator);
std::vector<std::string> bases_of(const PythonTree& tree, TSNode class_definition);

}  // namespace gs::python
