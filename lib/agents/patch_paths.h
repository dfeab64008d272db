#pragma once
// The files that a patch in the form of Codex's apply_patch names.

#include <string>
#include <string_view>
#include <vector>

namespace gs::agents {

// What the Add, Update and Delete headers name, and where files are moved to, in order.
std::vector<std::string> patch_paths(std::string_view patch);

}  // namespace gs::agents
