#pragma once
// The files of a merge that neither side has as they are.

#include <string>
#include <vector>

#include "lib/conflicts/breakage/merge_breakage.h"

namespace gs::conflicts {

// The Python files whose merged content is neither side's, without those that git left undecided
// and stubs. In path order.
std::vector<std::string> files_merged_by_content(const MergedCode& code);

// Where a side has a file of the merged tree: what the other side has renamed, under the old name.
// Where git was not asked for renames, by the file's name among those that the other has deleted.
std::string path_on(const MergedCode& code, SideIndex& side, const std::string& path);

}  // namespace gs::conflicts
