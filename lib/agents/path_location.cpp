#include "lib/agents/path_location.h"

#include <algorithm>
#include <optional>

#include "lib/core/path_form.h"
#include "lib/git/files.h"
#include "lib/git/layout.h"
#include "lib/install/program_copy.h"
#include "lib/platform/process_info.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using Where = PathLocation::Where;

// The beginning of the path that has as many names as the folder's; all of it when it has fewer.
std::string_view as_deep_as(std::string_view folder, std::string_view path) {
  std::size_t end = 0;
  for (auto names = std::count(folder.begin(), folder.end(), '/'); names > 0; --names) {
    end = path.find('/', end + 1);
    if (end == path.npos) return path;
  }
  return path.substr(0, end);
}

// How much of the path names the folder that it is or is in; nothing when it is elsewhere. Where
// the file system folds names, a folder is found by other spellings of its name as well.
std::optional<std::size_t> length_of(std::string_view folder, std::string_view path) {
  const std::string_view start = as_deep_as(folder, path);
  if (start == folder) return start.size();
  if (core::same_path(start, folder, true) && git::is_same_file(start, folder)) return start.size();
  return std::nullopt;
}

bool is_folder_named(const fs::path& folder, const fs::path& path) {
  return length_of(folder.native(), path.native()) == path.native().size();
}

// As git takes it: HFS+ passes over some characters, NTFS over what stands at the end, and has
// `git~1` as a short name.
bool is_dot_git(std::string_view name) {
  std::string form = core::path_form(name, true);
  form.resize(std::min(form.find(':'), form.size()));
  form.erase(form.find_last_not_of(" .") + 1);
  return form == ".git" || form == "git~1";
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
  if (git::is_folder(dot_git)) return is_folder_named(layout.common_dir, git::real_path(dot_git));
  constexpr std::string_view kPrefix = "gitdir: ";
  const auto line = git::read_line(dot_git);
  if (!line || !line->starts_with(kPrefix)) return false;
  const fs::path git_dir = git::real_path(top / line->substr(kPrefix.size()));
  const auto shared = git::read_line(git_dir / "commondir");
  return shared && !shared->empty() &&
         is_folder_named(layout.common_dir, git::real_path(git_dir / *shared));
}

// The copy of this program that hooks start where the repository cannot hold it, or its folder.
bool is_program_copy(const fs::path& path) {
  const fs::path program = platform::own_program_file();
  return !install::copy_name(program).empty() && path_below(program.parent_path(), path);
}

PathLocation location_of(const git::Layout& layout, const fs::path& state, const fs::path& path) {
  if (path_below(state, path)) return {Where::state, path.string(), {}};
  if (path_below(layout.common_dir, path) || path_below(layout.git_dir, path))
    return {Where::git, path.string(), {}};
  const auto owner = owner_of(path);
  const bool named_dot_git = std::any_of(
      path.begin(), path.end(), [](const fs::path& part) { return is_dot_git(part.native()); });
  if (layout.worktree && owner && is_folder_named(*layout.worktree, *owner)) {
    if (named_dot_git) return {Where::git, path.string(), {}};
    return {Where::inside, *path_below(*layout.worktree, path), {}};
  }
  // The top folder itself, and the worktrees of a repository that we are not in.
  if (layout.worktree && is_folder_named(*layout.worktree, path)) return {Where::inside, ".", {}};
  if (owner && same_repository(layout, *owner))
    return {named_dot_git ? Where::git : Where::worktree, path.string(), *owner};
  return {is_program_copy(path) ? Where::git : Where::outside, path.string(), {}};
}

// The name itself: links on the way to it are followed, the last one is not.
fs::path named(const fs::path& path) {
  const fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") return git::real_path(path);
  return git::real_path(path.parent_path()) / name;
}

}  // namespace

std::optional<std::string> path_below(const fs::path& folder, const fs::path& path) {
  const std::string& whole = path.native();
  if (folder == "/") return whole == "/" ? "." : whole.substr(1);
  const auto length = length_of(folder.native(), whole);
  if (!length) return std::nullopt;
  return *length == whole.size() ? "." : whole.substr(*length + 1);
}

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
