#pragma once
// Merging completed streams into the integration branch, without losing anything on the way.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/finding.h"
#include "lib/git/merge/merged_part.h"
#include "lib/session/session.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

struct MergeOptions {
  bool dry_run = false;                 // find out, and change nothing
  bool keep = false;                    // worktree and branch stay
  std::filesystem::path caller_folder;  // no worktree is removed around it
  // With dry_run: streams' branches that are at a remote only are taken for complete ones.
  bool remotes = false;
};

// A path that git could not merge.
struct MergeConflict {
  std::string path, kind, text;  // "content", "modify/delete", …; `text` as git says it
  std::string ours, theirs;      // who changed it on either side; empty: nobody since they parted
};

// What became of one branch of the stream.
struct MergedBranch {
  core::BranchName name;
  core::ObjectId tip;
  git::MergedHow how = git::MergedHow::ancestry;
  std::optional<core::ObjectId>
      commit;               // that merged it; none: it was moved there, or is only tried
  bool now = false;         // by this call
  std::string remote = {};  // "origin": it is there only, and `name` begins with that
};

struct MergeReport {
  enum class Outcome {
    merged,     // it is in, now or since an interrupted run before
    already,    // it was in; there was nothing to do
    mergeable,  // with dry_run: nothing stands in the way
    refused,    // not the time: see reason
    conflicts,  // see conflicts
    blocked     // see verdict
  };
  core::StreamId stream;
  Outcome outcome = Outcome::refused;
  core::BranchName branch, into;              // branch: the one that stopped it, else the last
  std::filesystem::path worktree;             // of the branch; empty: it has none
  std::string remote;                         // as MergedBranch has it, of the branch
  std::vector<MergedBranch> branches;         // that are in, or could be; in the order of merging
  std::vector<core::BranchName> left;         // that are not: the stream is not merged then
  std::optional<core::ObjectId> tip, commit;  // commit: none where there was nothing to merge
  std::optional<core::ObjectId> from;         // the tip of `into` on which the first of this call's
                                              // merge commits stands; none: it made none
  std::size_t files = 0;                      // that the merge changes
  std::string reason, next;
  std::vector<MergeConflict> conflicts;
  core::Verdict verdict;                // blocking, or only warnings
  std::optional<std::string> bypassed;  // the reason for which a verdict was passed over
  std::vector<std::string> removed, kept;
  std::vector<core::StreamId> ready;  // waited for it, and can start now with all merged
  std::string hook_output;            // what the repository's own hooks had to say

  bool stopped() const { return outcome >= Outcome::refused; }
};

std::string_view outcome_name(MergeReport::Outcome outcome);

// One after the other, dependencies first, until one is stopped: that report is the last. Of each
// all branches are merged (StreamBranches); while one of them is not in, the stream is not merged,
// and nothing of it is removed. Each is done step by step; after an interruption the same call goes
// on to the same end. Throws core::Error (usage) for a name that is no stream.
std::vector<MergeReport> merge_streams(session::Session& session,
                                       std::vector<core::StreamId> streams,
                                       const MergeOptions& options, const StepWatch& watch = {});

}  // namespace gs::streams
