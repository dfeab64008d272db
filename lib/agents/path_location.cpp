#include "lib/agents/path_location.h"

#include <algorithm>
#include <optional>

#include "lib/git/files.h"
#include "lib/git/layout.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using Where = PathLocation::Where;

// The path relative to a folder that it is in or that it is ("."); nothing when it is elsewhere.
std::optional<std::string> below(const fs::path& folder, const fs::path& path) {
  const std::string& top = folder.native();
  const std::string& whole = path.native();
  if (whole == top) return ".";
  if (top == "/") return whole.substr(1);
  if (whole.size() <= top.size() || !whole.starts_with(top) || whole[top.size()] != '/')
    return std::nullopt;
  return whole.substr(top.size() + 1);
}

bool is_dot_git(std::string_view name) {
  constexpr std::string_view kName = ".git";
  return std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

// The folder, from the path's own upwards, in which git finds a repository.
std::optional<fs::path> owner_of(const fs::path& path) {
  std::error_code ignored;
  for (fs::path folder = path.parent_path();; folder = folder.parent_path()) {
    const auto type = fs::symlink_status(folder / ".git", ignored).type();
    if (type == fs::file_type::directory || type == fs::file_type::regular) return folder;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

// Whether this is the top of a worktree of the same repository.
bool same_repository(const git::Layout& layout, const fs::path& top) {
  const fs::path dot_git = top / ".git";
  if (git::is_folder(dot_git)) return git::real_path(dot_git) == layout.common_dir;
  constexpr std::string_view kPrefix = "gitdir: ";
  const auto line = git::read_line(dot_git);
  if (!line || !line->starts_with(kPrefix)) return false;
  const fs::path git_dir = git::real_path(top / line->substr(kPrefix.size()));
  const auto shared = git::read_line(git_dir / "commondir");
  return shared && !shared->empty() && git::real_path(git_dir / *shared) == layout.common_dir;
}

PathLocation location_of(const git::Layout& layout, const fs::path& state, const fs::path& path) {
  if (below(state, path)) return {Where::state, path.string(), {}};
  if (below(layout.common_dir, path) || below(layout.git_dir, path))
    return {Where::git, path.string(), {}};
  const auto owner = owner_of(path);
  const bool named_dot_git = std::any_of(
      path.begin(), path.end(), [](const fs::path& part) { return is_dot_git(part.native()); });
  if (layout.worktree && owner == layout.worktree) {
    if (named_dot_git) return {Where::git, path.string(), {}};
    return {Where::inside, *below(*layout.worktree, path), {}};
  }
  // The top folder itself, and the worktrees of a repository that we are not in.
  if (layout.worktree && path == *layout.worktree) return {Where::inside, ".", {}};
  if (owner && same_repository(layout, *owner))
    return {named_dot_git ? Where::git : Where::worktree, path.string(), *owner};
  return {Where::outside, path.string(), {}};
}

// The name itself: links on the way to it are followed, the last one is not.
fs::path named(const fs::path& path) {
  const fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") return git::real_path(path);
  return git::real_path(path.parent_path()) / name;
}

}  // namespace

std::vector<PathLocation> locate_path(const git::Layout& layout, const fs::path& state,
                                      const fs::path& folder, const std::string& path) {
  fs::path whole = folder / path;
  if (!whole.has_filename()) whole = whole.parent_path();
  std::vector<fs::path> paths{named(whole), git::real_path(whole)};
  const fs::path as_text = whole.lexically_normal();
  if (as_text != whole) {
    paths.push_back(named(as_text));
    paths.push_back(git::real_path(as_text));
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  std::vector<PathLocation> locations;
  for (const fs::path& one : paths) {
    PathLocation location = location_of(layout, git::real_path(state), one);
    if (std::find(locations.begin(), locations.end(), location) == locations.end())
      locations.push_back(std::move(location));
  }
  return locations;
}

}  // namespace gs::agents
