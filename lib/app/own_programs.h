#pragma once
// Where our programs are, seen from whichever of them runs.

#include <filesystem>
#include <string_view>

namespace gs::app {

// PREFIX/bin/git-stream, or PREFIX/libexec/git-stream/HOOK; whether it is there is not asked.
std::filesystem::path own_program(std::string_view name);

}  // namespace gs::app
