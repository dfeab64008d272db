#pragma once
// Where a repository's objects are.

#include <filesystem>
#include <vector>

namespace gs::git {

// OBJECTS: where a repository's own objects are. A receiving repository's hooks see new ones in a
// quarantine, which GIT_OBJECT_DIRECTORY names.
std::filesystem::path objects_folder(const std::filesystem::path& common_dir);

// That folder, and the others whose objects are read too: those that
// GIT_ALTERNATE_OBJECT_DIRECTORIES and OBJECTS/info/alternates name, and theirs
// (gitrepository-layout(5)).
std::vector<std::filesystem::path> all_object_folders(const std::filesystem::path& common_dir);

}  // namespace gs::git
