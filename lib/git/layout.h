#pragma once
// Where a repository's parts are, worked out from its files as git does (gitrepository-layout(5)).

#include <filesystem>
#include <optional>

#include "lib/git/repository.h"
#include "lib/git/settings.h"

namespace gs::git {

// In the common git directory: the path of the main worktree, where nothing of git's says it.
inline constexpr char kMainWorktreeNote[] = "stream/main-worktree";

struct Place {
  Layout layout;
  Settings settings;
  std::filesystem::path index_file;
};

// See Repository::open_for_hook and discover. Both throw core::Error (broken) when there is no
// repository.
Place place_for_hook();
Place discover_place(const std::filesystem::path& start);

// The shared folder of a git directory: what `commondir` in it says, itself otherwise.
std::filesystem::path common_dir_of(const std::filesystem::path& git_dir);

// The top of a linked worktree, from the `gitdir` file in its git directory.
std::optional<std::filesystem::path> linked_worktree(const std::filesystem::path& git_dir);

}  // namespace gs::git
