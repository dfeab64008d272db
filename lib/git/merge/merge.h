#pragma once
// Merges that touch no worktree, index or ref: the trivial ones here, others by git, with all that
// its strategy finds out.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/objects/scratch.h"
#include "lib/git/repository.h"

namespace gs::git {

// --- trivial: two sides whose changes have nothing to do with each other ---

// All best common ancestors of two commits: none, one, or several (a criss-cross history).
std::vector<core::ObjectId> merge_bases(const Repository& repository, const core::ObjectId& a,
                                        const core::ObjectId& b);
// The one best common ancestor of two commits; nothing when there is none, or several (a
// criss-cross history).
std::optional<core::ObjectId> only_merge_base(const Repository& repository, const core::ObjectId& a,
                                              const core::ObjectId& b);

// What the merge lays over our tree, where every path is changed by one side only or alike by both,
// no file stands where the other side has a folder, and no rename of one side can concern the
// other: then this is what git makes of it, without conflict. Nothing where git must be asked. Both
// are changes from the only merge base.
std::optional<core::ChangeSet> trivial_merge(const core::ChangeSet& ours,
                                             const core::ChangeSet& theirs);

// --- by git merge-tree ---

// A path that git could not decide, as the index would hold it: 1 is the base, 2 ours, 3 theirs.
struct UnmergedEntry {
  std::uint32_t mode = core::mode::none;
  core::ObjectId id;
  int stage = 0;
  std::string path;

  bool operator==(const UnmergedEntry&) const = default;
};

struct MergeMessage {
  std::vector<std::string> paths;  // the one it is about first; branches may be among them
  std::string type;                // "Auto-merging", "CONFLICT (contents)", …
  std::string text;                // as git prints it, in English, without its line end

  bool operator==(const MergeMessage&) const = default;
};

struct TreeMerge {
  core::ObjectId tree;  // with conflict markers in it unless clean
  bool clean = true;
  std::vector<UnmergedEntry> unmerged;
  std::vector<MergeMessage> messages;  // none when clean

  bool operator==(const TreeMerge&) const = default;
};

// What `git merge-tree --write-tree -z` prints; nothing when it is not well-formed.
std::optional<TreeMerge> parse_merge_tree(std::string_view output, bool clean);

// Merges two commits with the user's settings. Attributes (merge drivers) come from the
// .gitattributes files in `folder`, which need not be a worktree, as they do for git from the
// working directory. `variables` are added to its environment (ScratchObjects). Without network,
// and with the commits that there are, whatever refs/replace says. Throws core::Error (broken) in
// git's words when there is no answer.
TreeMerge merge_trees(const Layout& layout, const core::ObjectId& ours,
                      const core::ObjectId& theirs, const std::filesystem::path& folder,
                      const std::vector<std::string>& variables = {});

// The same by what the two commits hold alone: nothing that is configured anywhere counts, drivers
// are git's own, and attributes are those in attributes_folder(). Its objects are scratch ones.
TreeMerge merge_contents(const Repository& repository, const ScratchObjects& scratch,
                         const core::ObjectId& ours, const core::ObjectId& theirs);

// The folder whose .gitattributes files count for merge_contents and external_drivers; empty at
// first.
std::filesystem::path attributes_folder(const ScratchObjects& scratch);

// Those of the paths whose merge attribute names a driver that git does not have itself.
std::vector<std::string> external_drivers(const ScratchObjects& scratch,
                                          const std::vector<std::string>& paths);

// Paths that were renamed between two commits, from old to new, paired as git's merges do it.
// Throws core::Error (broken).
using Renames = std::map<std::string, std::string>;
Renames renames_between(const Layout& layout, const core::ObjectId& base, const core::ObjectId& tip,
                        const std::vector<std::string>& variables = {});

}  // namespace gs::git
