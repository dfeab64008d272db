#pragma once
// git's configuration: what a hook needs comes from the repository's own files, anything else from
// all of them.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/config_file.h"
#include "lib/git/repository.h"

namespace gs::git {

// What a repository is, as git reads it before anything else: from COMMONDIR/config alone, without
// the files that it includes and the environment, so that nothing else can make it another one.
struct RepositoryFormat {
  core::ObjectFormat objects = core::ObjectFormat::sha1;
  RefStorage refs;
  // What is not known here, "extensions.refstorage = tables"; then nothing of it can be read.
  std::optional<std::string> unknown;
};

// Keys that are set with `git -c` or GIT_CONFIG_COUNT, by their names as git config prints them.
std::optional<std::string> config_from_environment(const std::string& key);

// Where git looks for the user's git/config and git/attributes.
std::filesystem::path user_config_folder();

// A value as git reads booleans; false when absent or none.
bool truth(const std::optional<std::string>& value);

// The files of one repository, read when first asked. For any number of threads.
class Settings {
 public:
  Settings(std::filesystem::path git_dir, std::filesystem::path common_dir);
  ~Settings();
  Settings(Settings&&) noexcept;
  Settings& operator=(Settings&&) noexcept;

  // The last value of a key in COMMONDIR/config, config.worktree (where it counts) and the
  // environment.
  std::optional<std::string> local(const std::string& key) const;
  // All values of a key, in order.
  std::vector<std::string> local_values(const std::string& key) const;
  // What git says of the main worktree, whichever worktree this is: its own config.worktree counts.
  std::optional<std::string> of_main_worktree(const std::string& key) const;
  // From the system's and the user's files too.
  std::optional<std::string> any(const std::string& key) const;
  RepositoryFormat format() const;
  // All entries of all files, in order; nothing where only git can tell which there are, and where
  // there are more in the environment.
  std::optional<ConfigEntries> all() const;

 private:
  struct Cache;
  const ConfigEntries& repository_files() const;
  const ConfigFiles& all_files() const;
  std::optional<std::filesystem::path> worktree_file() const;

  std::filesystem::path git_dir_, common_dir_;
  std::unique_ptr<Cache> cache_;
};

// "files" or "reftable", and where to: "reftable:///srv/refs". Nothing for any other text.
std::optional<RefStorage> parse_ref_storage(std::string_view text);

std::optional<std::string> upstream_of(const Settings& settings, const std::string& branch);

}  // namespace gs::git
