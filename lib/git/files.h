#pragma once
// Reading the small and the large files of a git directory.

#include <filesystem>
#include <optional>
#include <string>

#include "lib/platform/file.h"

namespace gs::git {

// Open for reading; nothing when there is none. Throws core::Error (broken) when it cannot be
// opened.
platform::Descriptor open_file(const std::filesystem::path& path);
// What is in an open file from where it stands; `path` is for messages.
std::string read_all(const platform::Descriptor& file, const std::filesystem::path& path);

// The whole file; nothing when there is none (or a folder). Throws core::Error (broken) when it
// cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& path);

// The same without white space at its end.
std::optional<std::string> read_line(const std::filesystem::path& path);

// Absolute and without '.', '..', links or a trailing '/' as far as the path exists.
std::filesystem::path real_path(const std::filesystem::path& path);

bool is_folder(const std::filesystem::path& path);
// Whether both are there and are one file or folder. Links at the end are not followed.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

// A variable that is set and not empty.
std::optional<std::string> environment(const char* name);

// The file mapped for reading; nothing when there is none. Throws core::Error (broken) when it
// cannot be read.
std::optional<platform::Mapping> map_file(const std::filesystem::path& path);

}  // namespace gs::git
