#pragma once
// Names that only a merge leaves unbound: one side has taken away an import, a parameter or an
// assignment, the other one has added a use, and git has put both into one file.

#include <string>
#include <vector>

#include "lib/conflicts/breakage/merge_breakage.h"

namespace gs::conflicts {

// In these files (merged_files.h) the names that are used in the merged one, or listed in its
// `__all__`, and bound nowhere, but are bound on each side that uses them. They block, unless a
// star import, names made at run time, an annotation that is not evaluated or a `del` leave it
// open.
std::vector<Conflict> unbound_names(const MergedCode& code, const std::vector<std::string>& files);

}  // namespace gs::conflicts
