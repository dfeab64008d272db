#pragma once
// The files that `git stream install` puts where git looks for hooks.
//
// A script's first line names our program as its interpreter, with one argument that says which
// hook it is (other managers rename our files), so that git starts it without a shell; when the
// program is gone, execve(2) fails and git stops the commit: a missing gate blocks.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gs::install {

// The script that starts the program with the argument, hook_argument() or forward_argument();
// through sh when the first line would have characters or a length that `#!` cannot take.
std::string hook_script(const std::filesystem::path& program, std::string_view argument);

// What an installed script of ours says of itself; nothing for anybody else's file.
struct OwnScript {
  std::filesystem::path program;
  std::string argument;  // "--hook" in a script of 0.1.0, whose program is the hook's
  std::string version;

  bool judges(std::string_view hook) const;  // rather than standing in for it
};
std::optional<OwnScript> read_own_script(const std::filesystem::path& file);

}  // namespace gs::install
