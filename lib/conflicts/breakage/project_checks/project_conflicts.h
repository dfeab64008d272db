#pragma once
// What a merge makes of files that only together can be right or wrong: migrations, requirements,
// fixtures. Only groups of files that both sides have changed are looked at.

#include <vector>

#include "lib/conflicts/breakage/merge_breakage.h"

namespace gs::conflicts {

// Whether both have changed a group of files that a check looks at.
bool share_project_files(const MergeSide& ours, const MergeSide& theirs);

// The faults of the merged tree that neither side has.
std::vector<Conflict> project_conflicts(const MergedCode& code);

}  // namespace gs::conflicts
