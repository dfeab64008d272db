#pragma once
// One hook of one folder: ours, what was there before it (NAME.before-git-stream), and where other
// tools put ours when they come later: pre-commit and prek keep it as NAME.legacy and run it,
// lefthook as NAME.old and does not.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::install {

// What a script of ours starts: hook_script.h.
struct ScriptCommand {
  std::filesystem::path program;
  std::string argument;
};

// Puts ours in the place of what is there, which is kept and runs after ours; adds a line to `done`
// for each change. A process killed at any instant leaves the user's hook in place or kept beside.
void place_hook(const std::filesystem::path& folder, std::string_view hook,
                const ScriptCommand& command, std::vector<std::string>& done);

// Takes ours out, wherever it stands by now, and puts back what was there.
void take_out_hook(const std::filesystem::path& folder, std::string_view hook,
                   std::vector<std::string>& done);

// Whether ours is run when git runs this hook: by git, or by a manager that keeps it as
// NAME.legacy.
bool hook_is_reached(const std::filesystem::path& folder, std::string_view hook);
bool reached_as_legacy(const std::filesystem::path& folder, std::string_view hook);

// Writes an executable hook script; false when it stood there already.
bool write_script(const std::filesystem::path& file, const ScriptCommand& command);

// ---- The files that `git stream install` puts where git looks for hooks.
//
// A script's first line names our program as its interpreter, with one argument that says which
// hook it is (other managers rename our files), so that git starts it without a shell; when the
// program is gone, execve(2) fails and git stops the commit: a missing gate blocks.

// A word for /bin/sh, which may not know more than this: whatever it is, in single quotes.
std::string single_quoted(std::string_view word);

// Whether the first line of a script can name the program with this argument.
bool fits_first_line(const std::string& program, std::string_view argument);

// The script that starts the program with the argument, hook_argument() or forward_argument();
// through sh when the first line would have characters or a length that `#!` cannot take. Where the
// program is there and is none that this machine runs, git gives the script to sh, and it blocks.
std::string hook_script(const std::filesystem::path& program, std::string_view argument);

// For sh: whether there is a program, rather than an empty file, which sh would run with success.
std::string test_program(const std::string& quoted_program);
// For sh, where the program cannot be started: says so with the repair, and exits with 3. Two
// commands, each ended so.
std::string blocking_commands(const std::string& quoted_program, std::string_view end = "\n");

// What an installed script of ours says of itself; nothing for anybody else's file.
struct OwnScript {
  std::filesystem::path program;  // a relative one from the git directory
  std::string argument;           // "--hook" in a script of 0.1.0, whose program is the hook's
  std::string version;

  bool judges(std::string_view hook) const;  // rather than standing in for it
};
std::optional<OwnScript> read_own_script(const std::filesystem::path& file);

}  // namespace gs::install
