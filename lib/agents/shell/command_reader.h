#pragma once
// What a command line of the shell is about to do, as far as that can be read without running it.
//
// The line's syntax tree is walked as the shell would run it, with what is known of each word: of
// variables that the line assigns, of the working directory, of functions, loops and substitutions.
// What cannot be known stays unknown, and says nothing. Of two branches both are read; a command
// behind `&&` is read as if those before it had done well.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/shell/git_commands.h"

namespace gs::agents {

struct ShellContext {
  std::optional<std::filesystem::path> folder;  // the working directory; none: unknown
  std::string home;                             // empty: unknown
  std::function<std::optional<std::string>(const std::string&)> variable;  // of the environment
  std::function<bool(const std::string&)> is_revision;
  std::function<std::optional<std::string>(const std::string&)> alias;  // of git's, as configured
};

struct ShellReading {
  std::vector<Act> acts;  // in their order; paths are absolute
  // Why not all of it was read; empty: all was. Then `risky` says whether what was not read, or
  // what was, runs git, deletes or writes.
  std::string trouble;
  bool risky = false;
};

// Any bytes will do. Takes at most about half a second, mostly below a millisecond.
ShellReading read_command_line(std::string_view line, const ShellContext& context);

// Lines beyond this many bytes are not read: no system takes them as one argument.
inline constexpr std::size_t kLongestLine = 1U << 20U;

}  // namespace gs::agents
