#pragma once
// Two commits merged in memory: by ourselves where that is certain, by git otherwise; and the
// conflicts in their texts.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/git/merge/merge.h"
#include "lib/git/objects/scratch.h"
#include "lib/git/repository.h"

namespace gs::conflicts {

// A folder that stands in for a worktree of the commit: empty but for the commit's .gitattributes
// files, so that merge drivers are chosen as they would be where that commit is checked out.
// Removed with its content at the end.
class AttributesFolder {
 public:
  AttributesFolder(const git::Repository& repository, const core::ObjectId& commit);

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  git::ScratchFolder folder_;
};

struct PairMerge {
  bool clean = true;
  bool by_git = false;                 // git was asked, now or before
  std::optional<core::ObjectId> tree;  // by git: with markers in it unless clean
  core::ChangeSet changes;             // otherwise: to the first one's tree
  std::vector<git::UnmergedEntry> unmerged;
  std::vector<git::MergeMessage> messages;
  bool unrelated = false;  // no history in common: nothing was merged
  // Of what the other side has changed; the merge has such files under the new names.
  git::Renames renamed_by_ours, renamed_by_theirs;
};

// git was told a commit, and names the side by it: "llm/new~1a2b…" is the path llm/new, and people
// know the branch.
void name_branch(const core::ObjectId& commit, const core::BranchName& branch,
                 std::vector<git::UnmergedEntry>& unmerged,
                 std::vector<git::MergeMessage>& messages);

class MergeCache;

class PairMerger {
 public:
  // Attributes as in the integration branch's tree. All must outlive it.
  PairMerger(const git::Repository& repository, git::ScratchObjects& scratch,
             const core::ObjectId& integration);
  ~PairMerger();
  PairMerger(const PairMerger&) = delete;
  PairMerger& operator=(const PairMerger&) = delete;

  // `ours` and `theirs` name the branches, of which messages and paths speak. Remembered.
  PairMerge merge(const MergeSide& ours, const MergeSide& theirs);
  // The merge as a commit in the scratch objects, with both as its parents.
  core::ObjectId commit(const MergeSide& ours, const MergeSide& theirs, const PairMerge& merge);
  // A file of the merged tree; empty where there is none.
  std::string content(const PairMerge& merge, const std::string& path) const;

 private:
  PairMerge make(const MergeSide& ours, const MergeSide& theirs);
  PairMerge merge_by_git(const core::ObjectId& ours, const core::ObjectId& theirs);
  git::Renames renames(const core::ObjectId& base, const core::ObjectId& tip,
                       const core::ChangeSet& changes, const core::ChangeSet& others) const;

  const git::Repository& repository_;
  git::ScratchObjects& scratch_;
  const core::ObjectId integration_;
  std::unique_ptr<AttributesFolder> folder_;  // of the integration branch, once git is asked
  std::unique_ptr<MergeCache> cache_;         // once a merge is not trivial
  using Tip = std::pair<core::ObjectId, core::BranchName>;
  std::map<std::pair<Tip, Tip>, PairMerge> made_;
};

// "content" from "CONFLICT (content): Merge conflict in a.py"; else as git classifies it. Nothing
// for a message that is about no conflict.
std::optional<std::string> conflict_kind(const git::MergeMessage& message);

// One for each path that git could not decide, and for each conflict that leaves none undecided (a
// folder of which it is not known where it went): what git says of it, and all paths that are named
// with it, its own first.
struct PathConflict {
  std::string path, kind, text;
  std::vector<std::string> names;
};
std::vector<PathConflict> path_conflicts(const std::vector<git::UnmergedEntry>& unmerged,
                                         const std::vector<git::MergeMessage>& messages);

// The conflicts of a merge that is not clean, with both sides' hunks; of one without a common
// history that alone. `one` and `other` number the sides.
std::vector<Conflict> text_conflicts(const PairMerger& merger, const PairMerge& merge,
                                     const MergeSide& ours, const MergeSide& theirs,
                                     std::size_t one, std::size_t other);

}  // namespace gs::conflicts
