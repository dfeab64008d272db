#pragma once
// The commands that a blocked committer is shown.

#include <string>
#include <string_view>

#include "lib/core/finding.h"

namespace gs::gates {

// Hooks run at the top of the worktree, but their reader is where git was called: ":/" below it.
std::string_view top_mark();

// A path as a word of a git command.
std::string path_word(const std::string& path);

// Takes a path that may not go in out of the index.
std::string unstage_command(const std::string& path);

// Whether a finding is about what a file holds: the file may stay in, with other content.
bool is_about_content(core::Rule rule);

}  // namespace gs::gates
