#pragma once
// Names that only a merge leaves unbound: one side has taken away an import, a parameter or an
// assignment, the other one has added a use, and git has put both into one file.

#include <vector>

#include "lib/conflicts/merge_breakage.h"

namespace gs::conflicts {

// The Python files whose merged content is neither side's, without those that git left undecided
// and stubs. In path order.
std::vector<std::string> files_merged_by_content(const MergedCode& code);

// In these files the names that are used in the merged one, or listed in its `__all__`, and bound
// nowhere, but are bound on each side that uses them. They block, unless a star import, names made
// at run time, an annotation that is not evaluated or a `del` leave it open.
std::vector<Conflict> unbound_names(const MergedCode& code, const std::vector<std::string>& files);

}  // namespace gs::conflicts
