#pragma once
// The files that `git stream install` puts where git looks for hooks.
//
// A script's first line names the hook program itself as its interpreter, so that git starts it
// without a shell; when the program is gone, execve(2) fails and git stops the commit: a missing
// gate blocks.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gs::app {

// The script for a program; through sh when the path has characters or a length that `#!` cannot
// take.
std::string hook_script(const std::filesystem::path& program);

// What an installed script of ours says of itself; nothing for anybody else's file.
struct OwnScript {
  std::filesystem::path program;
  std::string version;
};
std::optional<OwnScript> read_own_script(const std::filesystem::path& file);

// Where this installation keeps its hook programs, from the running program's own place:
// PREFIX/bin/git-stream → PREFIX/libexec/git-stream. Throws core::Error (broken) when it is not
// there.
std::filesystem::path hook_programs();

}  // namespace gs::app
