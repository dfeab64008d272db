#pragma once
// Entries of the policy that match nothing in a tree: they judge nothing, and nobody would notice
// (contract, section 2).

#include <string>
#include <vector>

#include "lib/core/finding.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// What a tree has.
struct TreeNames {
  std::vector<std::string> paths;    // of all its files
  std::vector<std::string> modules;  // of its Python files, and the packages that they are in
};

// A warning for each layer's module, scope's pattern, edge of python.ignore and folder of
// python.roots that matches nothing, with the nearest thing that is there. Patterns with '!' are
// not asked. Nothing for a tree without files.
std::vector<core::Finding> idle_entries(const core::Policy& policy, const TreeNames& tree,
                                        bool ignore_case);

}  // namespace gs::analyzers
