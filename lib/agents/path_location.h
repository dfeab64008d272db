#pragma once
// Where a path leads: into this worktree, another one of the repository, git's own files, the
// streams' state, or somewhere that is none of our business.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::agents {

struct PathLocation {
  enum class Where { inside, git, state, worktree, outside };
  Where where = Where::outside;
  std::string path;           // inside: relative to the top; otherwise absolute
  std::filesystem::path top;  // worktree: of which one
  auto operator<=>(const PathLocation&) const = default;
};

// The path relative to a folder that it is in or that it is ("."), whatever the spelling of their
// names where the file system folds them; nothing when it is elsewhere. Both are absolute.
std::optional<std::string> path_below(const std::filesystem::path& folder,
                                      const std::filesystem::path& path);

// Every location that writing at `path` (absolute, or relative to `folder`) may change: the name
// itself, what it is a link to, and the same with `..` taken as text, as some programs do.
std::vector<PathLocation> locate_path(const git::Layout& layout, const std::filesystem::path& state,
                                      const std::filesystem::path& folder, const std::string& path);

}  // namespace gs::agents
