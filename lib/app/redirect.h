#pragma once
// The redirected installation: core.hooksPath names a folder of ours, which runs the user's.

#include <filesystem>
#include <string>
#include <vector>

#include "lib/app/installation.h"

namespace gs::app {

// COMMONDIR/stream/hooks; this worktree's own git directory where extensions.worktreeConfig is on.
std::filesystem::path redirect_folder(const git::Repository& repository);

// Points core.hooksPath at our folder, notes what it was, and stands in for every hook found there.
std::vector<std::string> redirect_hooks(const git::Repository& repository, const HookPlace& place,
                                        const std::filesystem::path& programs);

// Puts core.hooksPath back as it was and removes the folder; nothing where there is none.
void remove_redirect(const git::Repository& repository, std::vector<std::string>& done);

// Writes an executable hook script for the program; false when it stood there already.
bool write_script(const std::filesystem::path& file, const std::filesystem::path& program);

}  // namespace gs::app
