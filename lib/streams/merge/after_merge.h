#pragma once
// What follows a merge: the new tree is judged, the integration branch validated, a report written.

#include <filesystem>
#include <optional>
#include <string>

#include "lib/gates/hook_main.h"
#include "lib/report/merge_report.h"

namespace gs::streams {

// Set for the git that `git stream merge` runs: it looks after its merges itself.
inline constexpr char kMerging[] = "GIT_STREAM_MERGING";

// The gate of post-merge, and of merges that a commit concluded (gates::kConcluded). In the
// integration branch's worktree all of it is done; in any other, where an agent takes over what
// others did, the tree is judged and no more. Silent when all is well and nothing was run.
int after_git_merge(gates::HookRun& run);

struct MovedBranch {
  core::ObjectId before, after;
  std::string branch, occasion;
  std::optional<std::filesystem::path> worktree;  // that has the branch; none: nobody has
};
struct AfterMerge {
  bool sound = true;
  std::optional<std::filesystem::path> report;  // its folder
};
// For the integration branch that `git stream merge` has moved: what was found in the tree was said
// before the merge.
AfterMerge after_stream_merge(session::Session& session, const MovedBranch& moved);

// Steps of a validation as lines for a terminal: "  tests: FAILED (exit 1), 2.1 s".
std::string step_lines(const report::MergeReport& report);

}  // namespace gs::streams
