#include "lib/git/layout.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/refs/migration.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void broken(const std::string& what, const std::string& hint = {}) {
  throw core::Error(core::ExitCode::broken, what, hint);
}

// What a `.git` file says, or a `.git` folder is; nothing when there is neither.
std::optional<fs::path> follow_dot_git(const fs::path& dot_git) {
  if (is_folder(dot_git)) return dot_git;
  const std::optional<std::string> line = read_line(dot_git);
  if (!line) return std::nullopt;
  constexpr std::string_view kPrefix = "gitdir: ";
  if (!line->starts_with(kPrefix)) broken(dot_git.string() + " is no git file");
  const fs::path target = dot_git.parent_path() / line->substr(kPrefix.size());
  if (!is_folder(target))
    broken(dot_git.string() + " names a git directory that is gone: " + target.string(),
           "git worktree repair");
  return target;
}

bool has_git_dir_files(const fs::path& path) {
  std::error_code ignored;
  const bool head = fs::symlink_status(path / "HEAD", ignored).type() != fs::file_type::not_found;
  if (!head) return false;
  if (fs::exists(path / "commondir", ignored)) return true;
  return is_folder(path / "refs") &&
         (is_folder(path / "objects") || environment("GIT_OBJECT_DIRECTORY"));
}

bool is_git_dir(const fs::path& path) {
  if (has_git_dir_files(path)) return true;
  // While refs are moved they are not there for a moment.
  if (!is_folder(path / "objects") || !is_migrating(path)) return has_git_dir_files(path);
  if (!wait_for_migration(path, [&] { return has_git_dir_files(path); })) fail_in_migration(path);
  return true;
}

RefStorage ref_storage(const Layout& layout, Settings& settings) {
  RepositoryFormat format = settings.format();
  const auto as_said = [&] {
    return format.unknown || has_refs_as_said(layout.common_dir, format.refs);
  };
  const auto now_as_said = [&] {
    if (as_said()) return true;
    settings = Settings(layout.git_dir, layout.common_dir);
    format = settings.format();
    return as_said();
  };
  if (!wait_for_migration(layout.common_dir, now_as_said)) fail_in_migration(layout.common_dir);
  // git 2.54 and later take it from there, older ones do not: what is judged must be what is meant.
  if (const auto other = environment("GIT_REFERENCE_BACKEND")) {
    const auto named = parse_ref_storage(*other);
    if (!named || named->kind != format.refs.kind || named->place != format.refs.place)
      broken("GIT_REFERENCE_BACKEND names other refs than the repository's: " + *other,
             "unset GIT_REFERENCE_BACKEND");
  }
  return format.refs;
}

// Where everything is found from the shared folder alone, so that all worktrees agree.
std::optional<fs::path> main_worktree(const fs::path& common_dir, const Settings& settings) {
  if (truth(settings.of_main_worktree("core.bare"))) return std::nullopt;
  if (const auto top = settings.of_main_worktree("core.worktree"))
    return real_path(common_dir / *top);
  if (common_dir.filename() == ".git") return common_dir.parent_path();
  const auto noted = read_line(common_dir / kMainWorktreeNote);
  if (noted && is_folder(*noted)) return real_path(*noted);
  return std::nullopt;
}

bool contains(const fs::path& folder, const fs::path& path) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

// The worktree that the repository's own files name.
std::optional<fs::path> recorded_worktree(const Layout& layout) {
  if (layout.git_dir == layout.common_dir) return layout.main_worktree;
  return linked_worktree(layout.git_dir);
}

// GIT_DIR, which may name a git file too.
std::optional<fs::path> given_git_dir() {
  const std::optional<std::string> given = environment("GIT_DIR");
  if (!given) return std::nullopt;
  const std::optional<fs::path> git_dir = follow_dot_git(fs::absolute(*given));
  if (!git_dir) broken("not a git repository: " + *given, "GIT_DIR names it");
  return git_dir;
}

// `fallback`: the folder that is the top when nothing says otherwise; none for a bare repository.
Place place(const fs::path& git_dir, const fs::path& here, std::optional<fs::path> fallback) {
  Layout layout;
  layout.git_dir = real_path(git_dir);
  if (!is_git_dir(layout.git_dir)) broken("not a git repository: " + layout.git_dir.string());
  layout.common_dir = common_dir_of(layout.git_dir);
  Settings settings(layout.git_dir, layout.common_dir);
  layout.ref_storage = ref_storage(layout, settings);
  layout.main_worktree = main_worktree(layout.common_dir, settings);
  const bool linked = layout.git_dir != layout.common_dir;
  const bool bare = !linked && truth(settings.of_main_worktree("core.bare"));
  const std::optional<fs::path> recorded = recorded_worktree(layout);
  if (const auto chosen = environment("GIT_WORK_TREE")) {
    layout.worktree = real_path(here / *chosen);
  } else if (recorded && (!fallback || contains(*recorded, here) ||
                          (!linked && settings.of_main_worktree("core.worktree")))) {
    layout.worktree = recorded;
  } else if (!bare) {
    layout.worktree = fallback;
  }
  const fs::path index = environment("GIT_INDEX_FILE").value_or(layout.git_dir / "index");
  const fs::path index_file = layout.worktree.value_or(here) / index;
  return {std::move(layout), std::move(settings), index_file};
}

// The folder above which git does not search.
bool is_ceiling(const fs::path& folder) {
  std::string list = environment("GIT_CEILING_DIRECTORIES").value_or("");
  list += ':';
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = list.find(':', start);
    const std::string item = list.substr(start, end - start);
    if (!item.empty() && real_path(item) == folder) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

fs::path common_dir_of(const fs::path& git_dir) {
  if (const auto set = environment("GIT_COMMON_DIR")) return real_path(*set);
  const std::optional<std::string> line = read_line(git_dir / "commondir");
  return line && !line->empty() ? real_path(git_dir / *line) : git_dir;
}

std::optional<fs::path> linked_worktree(const fs::path& git_dir) {
  const std::optional<std::string> line = read_line(git_dir / "gitdir");
  if (!line || line->empty()) return std::nullopt;
  return real_path((git_dir / *line).parent_path());
}

Place place_for_hook() {
  const fs::path here = fs::current_path();
  if (const auto git_dir = given_git_dir()) {
    const fs::path path = real_path(*git_dir);
    // Hooks of a receiving repository run in its git directory.
    return place(path, here, path == here ? std::nullopt : std::optional(here));
  }
  if (const auto git_dir = follow_dot_git(here / ".git")) return place(*git_dir, here, here);
  if (is_git_dir(here)) return place(here, here, std::nullopt);
  broken("not a git repository: " + here.string());
}

Place discover_place(const fs::path& start) {
  const fs::path from = real_path(start);
  if (const auto git_dir = given_git_dir()) return place(*git_dir, from, from);
  for (fs::path folder = from;; folder = folder.parent_path()) {
    if (const auto git_dir = follow_dot_git(folder / ".git")) {
      if (is_git_dir(*git_dir)) return place(*git_dir, from, folder);
    }
    if (is_git_dir(folder)) return place(folder, from, std::nullopt);
    if (folder == folder.parent_path() || is_ceiling(folder.parent_path())) break;
  }
  broken("not a git repository, nor is any folder above it: " + from.string());
}

}  // namespace gs::git
