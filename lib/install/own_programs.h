#pragma once
// Where our program is, seen from the process that runs.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gs::install {

// PREFIX/bin/git-stream; whether it is there is not asked.
std::filesystem::path own_program();

// The words that start our program as a hook, without a script of git's; the hook's arguments
// follow.
std::vector<std::string> own_hook(std::string_view hook);

}  // namespace gs::install
