#pragma once
// One stream's merge while it is done: what its steps hand to each other.

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/policy.h"
#include "lib/process/process.h"
#include "lib/store/streams.h"
#include "lib/streams/merge/merge.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

// What a dry run takes for done: the streams before this one, merged in memory.
struct Assumed {
  std::optional<core::ObjectId> integration;
  std::set<core::StreamId> merged;
};

struct MergeTask {
  app::Session& session;
  const MergeOptions& options;
  const StepWatch& watch;
  core::StreamSpec spec;
  store::StreamRecord record;
  std::vector<git::Worktree> worktrees;  // all there are
  core::ObjectId integration;            // its tip, against which the merge is made
  MergeReport report;

  const git::Repository& repository() const { return session.repository(); }
  core::ObjectId tip() const { return report.tip.value_or(core::ObjectId{}); }
};

inline std::string branch_ref(const core::BranchName& branch) {
  return "refs/heads/" + branch.str();
}

// merge_checks.cpp. Where the stream's work stands: its recorded worktree and any other that has
// its branch.
std::vector<git::Worktree> worktrees_of(const MergeTask& task);
std::vector<git::Worktree> integration_worktrees(const MergeTask& task);
// Its agents whose command runs at this moment, as "agent-F1 (process 4711)".
std::vector<std::string> agents_alive(const store::StreamRecord& record);
std::optional<Refusal> refuse_stream(const MergeTask& task, const Assumed& assumed);
std::optional<Refusal> refuse_integration(const MergeTask& task);
// Untracked files where the integration branch is checked out that the commit would overwrite.
std::optional<Refusal> refuse_overwriting(const MergeTask& task, const core::ObjectId& merge);

// merge_compute.cpp. The merge commit, which nothing refers to yet; nothing when git finds
// conflicts: they are in the report then. Throws core::Error.
std::optional<core::ObjectId> make_merge(MergeTask& task);
// What the commits and the merged tree break, into the report.
void judge_merge(MergeTask& task, const core::ObjectId& merge);

// merge_move.cpp. Moves the integration branch to the commit, its worktree with it.
enum class Moved { yes, overtaken, refused };  // overtaken: its tip is not `integration` any more
Moved move_integration(MergeTask& task, const core::ObjectId& merge);
// merge_mend.cpp. Waits for a git that an earlier merge left at work. What one that was killed has
// left half written where the branch is checked out is made whole: forth where only the branch is
// to follow, else back. Files that are neither as they were nor as they were to be stay as they
// are.
void mend_interrupted(MergeTask& task);
process::Result move_by_swap(const MergeTask& task, const core::ObjectId& from,
                             const core::ObjectId& to);
// The commit on the integration branch's first-parent line that merged this tip, if any.
std::optional<core::ObjectId> find_merge(const MergeTask& task);

// Of a branch that git moves where it is checked out; noted is "FROM TO\0PLACE\0".
class BranchMoveRecord : public RecoveryRecord {
 public:
  explicit BranchMoveRecord(const MergeTask& task)
      : RecoveryRecord(task.repository().layout(), kName, "moving a branch for an earlier merge",
                       "git stream merge " + task.spec.id.str()) {}
  static constexpr char kName[] = "merge";
};

// merge_cleanup.cpp. Takes worktree and branch away where nothing can be lost; says what it did.
void clean_up(MergeTask& task);

}  // namespace gs::streams
