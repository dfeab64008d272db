#pragma once
// Files of others in a worktree, which we add to. For this folder only.

#include <filesystem>
#include <string>

#include "lib/git/repository.h"

namespace gs::agents {

// Whether the file, or a folder on the way to it in the worktree, is a symbolic link.
bool behind_link(const std::filesystem::path& file);

// Absent is empty. Throws core::Error (usage) for a symbolic link, or below one: nobody is written
// to through a link.
std::string read_settings(const std::filesystem::path& file);
// The text where it may name our program; empty where it does not, is behind a link or cannot be
// read.
std::string text_with_ours(const std::filesystem::path& file);
// Folders on the way are made.
void write_settings(const std::filesystem::path& file, const std::string& text);
// And the folders on the way that are empty then, below `top`.
void remove_settings(const std::filesystem::path& top, const std::filesystem::path& file);

bool is_tracked(const git::Layout& layout, const std::string& file);

}  // namespace gs::agents
