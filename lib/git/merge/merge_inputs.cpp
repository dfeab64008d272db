#include "lib/git/merge/merge_inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/core.h>
#include <string_view>

#include "lib/git/files.h"
#include "lib/git/run_git.h"
#include "lib/git/settings.h"
#include "lib/platform/file.h"
#include "lib/process/process.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

struct Program {
  fs::path file;
  platform::FileStamp stamp;
};

// What runs as `git`.
std::optional<Program> git_program() {
  for (const fs::path& folder : process::path_folders()) {
    const fs::path file = folder / "git";
    if (const auto stamp = platform::file_stamp(file)) return Program{file, *stamp};
  }
  return std::nullopt;
}

// Where it is, its number, size and time.
std::string described(const Program& program) {
  const platform::FileStamp& stamp = program.stamp;
  return fmt::format("{} {} {} {}\n", program.file.string(), stamp.inode, stamp.size,
                     stamp.modified);
}

bool is_of_merging(std::string_view key) {
  constexpr std::array<std::string_view, 5> kSections{"merge.", "diff.", "core.", "attr.",
                                                      "extensions."};
  return std::ranges::any_of(kSections,
                             [&](std::string_view section) { return key.starts_with(section); });
}

bool runs_programs(const ConfigEntry& entry) {
  if (entry.key == "merge.renormalize") return truth(entry.value);
  return entry.key.starts_with("merge.") && entry.key.ends_with(".driver");
}

// The user's; nothing where git alone knows which file is meant.
std::optional<fs::path> user_attributes(const Repository& repository) {
  const auto named = repository.config("core.attributesfile");
  if (!named) return user_config_folder() / "git/attributes";
  const auto home = environment("HOME");
  if (named->starts_with("~/") && home) return *home + named->substr(1);
  return named->starts_with('/') ? std::optional<fs::path>(*named) : std::nullopt;
}

// Attributes besides those of .gitattributes files (gitattributes(5)). The system's are below /etc,
// or where git is installed.
std::optional<std::string> other_attributes(const Repository& repository, const Program& git) {
  const auto user = user_attributes(repository);
  if (!user || environment("GIT_ATTR_SOURCE")) return std::nullopt;
  std::string text;
  for (const fs::path& file :
       {fs::path("/etc/gitattributes"), git.file.parent_path() / "../etc/gitattributes", *user,
        repository.layout().common_dir / "info/attributes"}) {
    text += read_file(file).value_or("");
    text += '\0';
  }
  return text;
}

}  // namespace

std::optional<std::string> merge_trees_inputs(const Repository& repository) {
  const auto git = git_program();
  const auto entries = repository.settings().all();
  if (!git || !entries || is_shallow(repository.layout()) ||
      std::ranges::any_of(*entries, runs_programs))
    return std::nullopt;
  const auto attributes = other_attributes(repository, *git);
  if (!attributes) return std::nullopt;
  std::string inputs = described(*git);
  for (const ConfigEntry& entry : *entries) {
    if (is_of_merging(entry.key)) inputs += entry.key + '=' + entry.value + '\n';
  }
  return inputs + *attributes;
}

std::optional<std::string> own_changes_inputs(const Repository& repository) {
  const auto git = git_program();
  if (!git || is_shallow(repository.layout())) return std::nullopt;
  return described(*git);
}

}  // namespace gs::git
