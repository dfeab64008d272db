#include "lib/git/objects/object_folders.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "lib/core/text.h"
#include "lib/git/files.h"

namespace gs::git {

namespace fs = std::filesystem;

fs::path objects_folder(const fs::path& common_dir) {
  return environment("GIT_OBJECT_DIRECTORY").value_or(common_dir / "objects");
}

namespace {

// Where a part of the list ends: at the next separator, which may stand in double quotes too.
std::size_t part_end(std::string_view list, char separator) {
  bool quoted = list.starts_with('"');
  for (std::size_t i = quoted ? 1 : 0; i < list.size(); ++i) {
    if (quoted && list[i] == '\\') {
      ++i;
    } else if (quoted && list[i] == '"') {
      quoted = false;
    } else if (!quoted && list[i] == separator) {
      return i;
    }
  }
  return list.size();
}

// The paths of a list, any of which may be quoted.
std::vector<std::string> paths_in(std::string_view list, char separator) {
  std::vector<std::string> paths;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, part_end(list, separator));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    if (!part.empty() && !part.starts_with('#'))
      paths.push_back(core::unquote_path(part).value_or(std::string(part)));
  }
  return paths;
}

// A folder that is not there is passed over, as git does with a word of warning.
void add_folder(std::vector<fs::path>& folders, const fs::path& folder, int depth) {
  constexpr int kDeepest = 5;  // of git too
  if (depth > kDeepest || !is_folder(folder)) return;
  const fs::path real = real_path(folder);
  if (std::ranges::find(folders, real) != folders.end()) return;
  folders.push_back(real);
  const std::string list = read_file(real / "info" / "alternates").value_or("");
  for (const std::string& path : paths_in(list, '\n')) add_folder(folders, real / path, depth + 1);
}

}  // namespace

std::vector<fs::path> all_object_folders(const fs::path& common_dir) {
  std::vector<fs::path> folders;
  const fs::path own = objects_folder(common_dir);
  add_folder(folders, own, 0);
  if (folders.empty()) folders.push_back(own);
  const std::string more = environment("GIT_ALTERNATE_OBJECT_DIRECTORIES").value_or("");
  for (const std::string& path : paths_in(more, ':')) add_folder(folders, path, 0);
  return folders;
}

}  // namespace gs::git
