#include "lib/git/merge/merge_inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>

#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/run_git.h"
#include "lib/git/settings.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

// The file that runs as `git`: where it is, its number, size and time.
std::string program_stamp() {
  const std::string folders = environment("PATH").value_or("");
  std::string_view rest = folders;
  while (!rest.empty()) {
    const std::string file = std::string(core::take_part(rest, ':')) + "/git";
    struct stat found {};
    if (stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
    std::string stamp = file;
    for (const std::int64_t number :
         {static_cast<std::int64_t>(found.st_ino), std::int64_t{found.st_size},
          std::int64_t{found.st_mtim.tv_sec}, std::int64_t{found.st_mtim.tv_nsec}})
      stamp += ' ' + std::to_string(number);
    return stamp + '\n';
  }
  return "\n";
}

bool is_of_merging(std::string_view key) {
  constexpr std::array<std::string_view, 4> kSections{"merge.", "diff.", "core.", "extensions."};
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

// Attributes besides those of .gitattributes files (gitattributes(5)).
std::optional<std::string> other_attributes(const Repository& repository) {
  const auto user = user_attributes(repository);
  if (!user) return std::nullopt;
  std::string text;
  for (const fs::path& file : {fs::path("/etc/gitattributes"), *user,
                               repository.layout().common_dir / "info/attributes"}) {
    text += read_file(file).value_or("");
    text += '\0';
  }
  return text;
}

}  // namespace

std::optional<std::string> merge_trees_inputs(const Repository& repository) {
  auto inputs = own_changes_inputs(repository);
  const auto entries = repository.settings().all();
  const auto attributes = other_attributes(repository);
  if (!inputs || !entries || !attributes || std::ranges::any_of(*entries, runs_programs))
    return std::nullopt;
  for (const ConfigEntry& entry : *entries) {
    if (is_of_merging(entry.key)) *inputs += entry.key + '=' + entry.value + '\n';
  }
  return *inputs + *attributes;
}

std::optional<std::string> own_changes_inputs(const Repository& repository) {
  if (is_shallow(repository.layout())) return std::nullopt;
  return program_stamp();
}

}  // namespace gs::git
