#pragma once
// git's configuration files, as git-config(1) ("Syntax", "Includes") and git's config.c have them.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::git {

struct ConfigEntry {
  std::string key;    // "remote.Origin.url": section and variable in small letters
  std::string value;  // "true" for a variable without '='
  bool included = false;

  bool operator==(const ConfigEntry&) const = default;
};
using ConfigEntries = std::vector<ConfigEntry>;  // the last one of a key counts

// In order. Throws core::Error (broken) with the number of the line that is none; `name` is for the
// message. Allows what git allows: a BOM, line ends of Windows, variables before any section.
ConfigEntries parse_config(std::string_view text, const std::string& name);

// Files, and those that they include where they do. Missing files hold nothing.
class ConfigFiles {
 public:
  // `git_dir`: what conditions `gitdir:` are held against; without one all includes with conditions
  // are passed over.
  explicit ConfigFiles(std::optional<std::filesystem::path> git_dir)
      : git_dir_(std::move(git_dir)) {}

  // Throws core::Error (broken) for a file that cannot be read, or includes that never end.
  void add(const std::filesystem::path& file) { add(file, 0); }

  const ConfigEntries& entries() const { return entries_; }
  // Whether an include was passed over that only git can decide: by a branch, by a remote's
  // address, of another user's home.
  bool undecided() const { return undecided_; }

 private:
  void add(const std::filesystem::path& file, int depth);
  bool holds(std::string_view condition, const std::filesystem::path& file);
  std::optional<std::string> expanded(const std::string& path);

  std::optional<std::filesystem::path> git_dir_;
  ConfigEntries entries_;
  bool undecided_ = false;
};

// "user.NAME" and "User.name" are not one: only section and variable are case-insensitive.
bool same_config_key(std::string_view a, std::string_view b);

}  // namespace gs::git
