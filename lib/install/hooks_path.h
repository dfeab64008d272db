#pragma once
// The redirected installation: core.hooksPath names a folder of ours, which runs the user's.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lib/install/installation.h"

namespace gs::install {

// Whether a folder is one of ours: COMMONDIR/stream/hooks, or where extensions.worktreeConfig is on
// this worktree's own GITDIR/stream/hooks.
bool is_redirect_folder(const git::Layout& layout, const std::filesystem::path& folder);

// Points core.hooksPath at our folder, notes what it was, puts these hooks of ours there and stands
// in for the others found there.
std::vector<std::string> redirect_hooks(const git::Layout& layout, const HookPlace& place,
                                        const std::filesystem::path& program,
                                        const std::vector<std::string_view>& hooks);

// Puts core.hooksPath back as it was, in every worktree, and removes our folders; nothing where
// there are none.
void remove_redirects(const git::Repository& repository, std::vector<std::string>& done);

}  // namespace gs::install
