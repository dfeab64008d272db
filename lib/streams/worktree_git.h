#pragma once
// git in a given worktree: running it there, and what is going on in it.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"
#include "lib/process/process.h"

namespace gs::streams {

// Where a command that was called in this repository runs git.
const std::filesystem::path& working_folder(const git::Layout& layout);

// As whoever calls, never as an agent; the folder may be a bare repository. `set`: "NAME=value" for
// it; `input`: its stdin.
process::Result run_git_in(const std::filesystem::path& folder, std::vector<std::string> arguments,
                           std::vector<std::string> set = {},
                           std::optional<std::string> input = {});

// Its output; throws core::Error (broken) in git's words when it fails.
std::string git_output_in(const std::filesystem::path& folder, std::vector<std::string> arguments);

// The worktree whose top is this folder; nothing where the folder is none of this repository (any
// more).
std::optional<git::Worktree> worktree_at(const git::Repository& repository,
                                         const std::filesystem::path& folder);

// While an agent's command runs in a linked worktree it is locked (git-worktree(1)) for this
// reason, so that other programs neither remove nor move it. Somebody else's lock stays as it is.
inline constexpr char kAtWork[] = "an agent is at work here (git stream spawn)";
void lock_at_work(const git::Worktree& worktree);
void unlock_after_work(const git::Worktree& worktree);

// "a merge", "a rebase", … that was begun there and is not finished.
std::optional<std::string> unfinished(const git::Layout& layout, const git::Worktree& worktree);

// The paths in it that are not as HEAD has them. What git ignores does not count,
// core::kAiIgnoreFile when it is untracked neither. `folded`: an untracked folder is one path, with
// '/' at its end.
enum class Untracked { each, folded, pass_over };
std::vector<std::string> uncommitted(const git::Worktree& worktree, Untracked untracked);

// The untracked files, each by itself, without what git ignores.
std::vector<std::string> untracked_files(const git::Worktree& worktree);

// "a.py, b.py and 3 more"
std::string some_of(const std::vector<std::string>& paths);

}  // namespace gs::streams
