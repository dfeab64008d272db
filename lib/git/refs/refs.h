#pragma once
// Refs in files: loose ones and packed-refs (gitrepository-layout(5), git-pack-refs(1)).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"

namespace gs::git {

// What one ref holds: an object, or the name of another ref.
struct Ref {
  core::ObjectId id;
  std::string target;  // empty unless symbolic
};

class RefFiles {
 public:
  RefFiles(std::filesystem::path git_dir, std::filesystem::path common_dir);

  // Nothing when there is no such ref or the name can be none. Throws core::Error (broken) for a
  // file that is no ref.
  std::optional<Ref> read(const std::string& name) const;
  // Follows symbolic refs to an object; nothing when one of them does not exist.
  std::optional<core::ObjectId> follow(const std::string& name) const;
  // The names of all refs that start with a prefix ending in '/', sorted.
  std::vector<std::string> list(const std::string& prefix) const;

 private:
  std::filesystem::path folder_of(std::string_view name) const;
  std::optional<core::ObjectId> packed(std::string_view name) const;

  std::filesystem::path git_dir_, common_dir_;
};

// The id that the packed-refs file gives a ref; for tests and the class above.
std::optional<core::ObjectId> find_packed(std::string_view file, std::string_view name);

// Whether git could have a ref of this name (git-check-ref-format(1)); HEAD and its like included.
bool valid_ref_name(std::string_view name);

}  // namespace gs::git
