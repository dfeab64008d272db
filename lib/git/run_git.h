#pragma once
// git itself, for what our own readers do not know. For this library only.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/process/process.h"

namespace gs::git {

struct Layout;

// Runs git in a repository: never over the network, nothing replaced by refs/replace, no optional
// locks taken. `set` adds "NAME=value".
process::Result run_git(const std::filesystem::path& git_dir, std::vector<std::string> arguments,
                        std::vector<std::string> set = {},
                        std::optional<std::string> input = std::nullopt);

// What git complains of, in one line.
std::string first_line(const std::string& text);

// Whether history ends early here.
bool is_shallow(const Layout& layout);

}  // namespace gs::git
