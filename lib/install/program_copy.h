#pragma once
// The copy of our program that hooks start, so that they outlive the environment from which
// git-stream was installed into the repository.
//
// COMMONDIR/stream/bin/VERSION-CRC/git-stream, one for all worktrees; CRC is the CRC-32 of its
// bytes in 8 hexadecimal digits. A copy is complete and executable before it has its name, is never
// written to afterwards, and stays where it is when another version comes. Where programs of the
// git directory cannot be executed, or a hook's first line cannot hold the path, it is
// $XDG_DATA_HOME/git-stream/bin/VERSION-CRC/git-stream (~/.local/share), which is shared by the
// user's repositories and never removed by one of them.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "lib/git/layout.h"

namespace gs::install {

// What hooks are to start: `program`, complete and in place.
struct PlacedProgram {
  std::filesystem::path program;
  bool copied_now = false;
  bool is_copy = true;  // false: no copy can be executed here, and it is the program itself
};

// The caller holds the repository's installation lock. Throws core::Error (broken) when `own` is
// not there or the git directory cannot take a copy; nothing has changed then.
PlacedProgram place_program(const git::Layout& layout, const std::filesystem::path& own);

// Whether both files have the same bytes; false when one cannot be read.
bool same_bytes(const std::filesystem::path& one, const std::filesystem::path& other);

// Whether the path is a copy's, and its bytes are not those that its name says.
bool is_damaged_copy(const std::filesystem::path& program);

// What `--version` prints; empty when the program cannot be run.
std::string version_of(const std::filesystem::path& program);

// The names of the copies in this repository: "0.1.0-1a2b3c4d".
std::vector<std::string> copies_in(const git::Layout& layout);

// Removes those that are not named, and what a killed process left; a process that runs one goes on
// running. Adds a line to `done` for each. The caller holds the installation lock.
void remove_copies(const git::Layout& layout, const std::set<std::string>& named,
                   std::vector<std::string>& done);

// The name of the copy that a program is: "0.1.0-1a2b3c4d"; empty for any other path.
std::string copy_name(const std::filesystem::path& program);

}  // namespace gs::install
