#pragma once
// The staged diff: the index against a tree, without the subtrees that the cache tree proves equal;
// by git itself for what the own reader does not know.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/index/index_file.h"
#include "lib/git/objects/trees.h"
#include "lib/git/repository.h"

namespace gs::git {

struct StagedDiff {
  core::ChangeSet changes;            // in path order
  std::vector<std::string> unmerged;  // those of them whose merge is not decided, in path order
};

// What `git diff-index --cached --raw --no-renames --ita-invisible-in-index TREE` says (no tree:
// the empty one). Throws NeedsGit when only git can tell, MissingObject, DamagedIndex.
StagedDiff diff_index(const IndexFile& index, TreeSource& trees,
                      const std::optional<core::ObjectId>& tree);

// The same for an index of which `staged`, its tree, is known.
StagedDiff diff_noted(TreeSource& trees, const std::optional<core::ObjectId>& tree,
                      const std::optional<core::ObjectId>& staged);

// Adds what differs between two trees (no tree: empty), each path with `prefix` before it. Equal
// subtrees are not read.
void diff_trees(TreeSource& trees, const std::optional<core::ObjectId>& before,
                const std::optional<core::ObjectId>& after, std::string& prefix,
                core::ChangeSet& changes);

// Runs `git diff-index --cached` on a commit or tree ("HEAD") without touching the network. Throws
// core::Error (broken) with git's words when it fails.
StagedDiff staged_by_git(const Layout& layout, const std::filesystem::path& index_file,
                         const std::string& against);

// The output of `--raw -z --no-abbrev --no-renames`; nothing when it is something else.
std::optional<StagedDiff> parse_raw_diff(std::string_view output);

}  // namespace gs::git
