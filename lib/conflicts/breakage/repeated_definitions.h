#pragma once
// What only a merge defines twice: both sides have added it, in different places of one file.

#include <string>
#include <vector>

#include "lib/conflicts/breakage/merge_breakage.h"

namespace gs::conflicts {

// In these files (merged_files.h): functions, methods and classes, names of classes and attributes
// of `self`, keys of dictionaries. The second one replaces the first, which is a warning; arguments
// and parameters that are given twice are an error of the whole file, and block.
std::vector<Conflict> repeated_definitions(const MergedCode& code,
                                           const std::vector<std::string>& files);

}  // namespace gs::conflicts
