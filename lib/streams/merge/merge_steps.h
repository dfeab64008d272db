#pragma once
// The steps of one stream's merge, each with what it needs and what comes of it.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/policy.h"
#include "lib/process/process.h"
#include "lib/state/streams.h"
#include "lib/streams/merge/merge.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

// What a dry run takes for done: the streams before this one, merged in memory.
struct Assumed {
  std::optional<core::ObjectId> integration;
  std::set<core::StreamId> merged;
};

// What is known of the stream when its merge begins.
struct MergeTask {
  session::Session& session;
  const MergeOptions& options;
  const StepWatch& watch;
  core::StreamSpec spec;
  state::StreamRecord record;
  core::BranchName into;
  conflicts::StreamBranches branches;  // of all streams
  // The branch that is looked at: each in its turn.
  core::BranchName branch;
  std::optional<core::ObjectId> tip;
  std::optional<git::MergedPart> part;   // what of it is in
  std::vector<git::Worktree> worktrees;  // all of the repository
  std::string remote = {};               // of the branch, as StreamBranch has it

  const git::Repository& repository() const { return session.repository(); }
  const std::vector<conflicts::StreamBranch>& own() const { return branches.of(spec.id); }
  MergeTask on(const conflicts::StreamBranch& one) const;
};

// What a branch is called in a clone that has it.
inline core::BranchName name_here(const core::BranchName& branch, const std::string& remote) {
  return remote.empty() ? branch : core::BranchName(branch.str().substr(remote.size() + 1));
}

inline std::string branch_ref(const core::BranchName& branch) {
  return "refs/heads/" + branch.str();
}

// preconditions.cpp. Where the stream's work is checked out: its recorded worktree and any other
// that has its branch.
std::vector<git::Worktree> worktrees_of(const MergeTask& task);
std::vector<git::Worktree> integration_worktrees(const MergeTask& task);
// Its agents whose command runs at this moment, as "agent-F1 (process 4711)".
std::vector<std::string> agents_alive(const state::StreamRecord& record);
// Of the whole stream: nothing is merged while one of its branches cannot be.
std::optional<Refusal> refuse_stream(const MergeTask& task, const Assumed& assumed);
// Whether a commit that was completed is in, whatever became of its branch.
bool completed_is_in(const MergeTask& task, const core::ObjectId& tip);
// What the branches held when they were completed.
std::vector<std::pair<core::BranchName, core::ObjectId>> completed_tips(
    const state::StreamRecord& record);
std::optional<Refusal> refuse_integration(const MergeTask& task);
// Untracked files where the integration branch is checked out that the commit would overwrite.
std::optional<Refusal> refuse_overwriting(const MergeTask& task, const core::ObjectId& integration,
                                          const core::ObjectId& merge);

// merge_commit.cpp. The merge commit of `integration` and `tip`, which nothing refers to yet; none
// when git finds conflicts. Throws core::Error.
struct MadeMerge {
  std::optional<core::ObjectId> commit;
  std::vector<MergeConflict> conflicts;
};
MadeMerge make_merge(const MergeTask& task, const core::ObjectId& integration,
                     const core::ObjectId& tip);

// What the commits and the merged tree break.
struct MergeJudgement {
  core::Verdict verdict;
  std::size_t files = 0;  // that the merge changes
};
MergeJudgement judge_merge(const MergeTask& task, const core::ObjectId& integration,
                           const core::ObjectId& tip, const core::ObjectId& merge);

// move_branch.cpp. Moves the integration branch from `integration` to the commit, its worktree with
// it.
enum class Moved { yes, overtaken, refused };  // overtaken: its tip is not `integration` any more
struct MoveResult {
  Moved moved = Moved::refused;
  std::string reason;       // refused: in git's words
  std::string hook_output;  // what the repository's own hooks had to say
};
MoveResult move_integration(const MergeTask& task, const core::ObjectId& integration,
                            const core::ObjectId& merge);
// Waits for a git that an earlier merge left at work. What one that was killed has left half
// written where the branch is checked out is made whole: forth where only the branch is to follow,
// else back. Files that are neither as they were nor as they were to be stay as they are.
void recover_interrupted(const MergeTask& task);
// The commit on the integration branch's first-parent line that merged this tip, if any.
std::optional<core::ObjectId> find_merge(const MergeTask& task, const core::ObjectId& integration,
                                         const core::ObjectId& tip);

// cleanup.cpp. Takes worktrees and branches of the stream away where nothing can be lost, and says
// what stayed, and why.
struct CleanUp {
  std::vector<std::string> removed, kept;
};
CleanUp clean_up(const MergeTask& task);

}  // namespace gs::streams
