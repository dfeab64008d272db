#pragma once
// `git refs migrate` (git 2.46 and later) while others read: it builds the other storage in
// GIT_DIR/ref_migration.XXXXXX, removes the refs as they were, puts the others in their place, and
// writes extensions.refStorage at last. Readers wait for a moment, or say what is under way.

#include <filesystem>
#include <functional>

#include "lib/git/repository.h"

namespace gs::git {

// Whether the git directory has what the configuration says of it.
bool has_refs_as_said(const std::filesystem::path& common_dir, const RefStorage& storage);

// Whether a migration's folder is there: it is under way, or was interrupted.
bool is_migrating(const std::filesystem::path& common_dir);

// Until `settled` holds, two seconds at most, and shorter where no migration is under way; then
// whether it holds.
bool wait_for_migration(const std::filesystem::path& common_dir,
                        const std::function<bool()>& settled);

// Throws core::Error (broken): what is under way or was interrupted, and how it is ended.
[[noreturn]] void fail_in_migration(const std::filesystem::path& common_dir);

}  // namespace gs::git
