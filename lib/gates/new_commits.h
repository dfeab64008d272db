#pragma once
// Findings about commits that were made before they came here: the same at push, receive and in a
// range of CI.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/gates/bypassed_commits.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/git/refs/history.h"
#include "lib/session/session.h"

namespace gs::gates {

// ---- The commits that a ref update, a push or a range brings, and the verdict on each (contract,
// section 4). Every gate that sees commits, and not an index, comes here.

struct CommitVerdict {
  core::Verdict verdict;  // its conflicts are not among the findings yet
  std::size_t files = 0;  // that were judged
};
// A commit against its parent, as identity(); of a merge its own changes.
// `except`: changes that were judged before.
CommitVerdict judge_commit(session::Session& session, const git::Commit& commit,
                           const std::set<core::Change>& except = {});

// The streams that a commit's trailers name, by agent or stream; those that the policy knows.
std::vector<core::StreamId> streams_named(const git::Commit& commit, const core::Policy& policy);

// Who made which commit, by its id, as the log has it: "agent-F1", "stream-F".
std::map<std::string, std::string> logged_committers(session::Session& session);

struct LocatedFinding {
  core::Finding finding;
  std::optional<core::ObjectId> commit;  // none: about the ref itself
};

// Whether what a commit was let through with, by a bypass, still counts: in the push from the
// repository where it was made, and nowhere else.
enum class Bypasses { ignored, counted };

class ReceivedLeases;

class CommitJudge {
 public:
  // `leases`: null where none are to be judged but those that gates know; must outlive it.
  explicit CommitJudge(session::Session& session, Bypasses bypasses = Bypasses::ignored,
                       const ReceivedLeases* leases = nullptr)
      : session_(session), bypasses_(bypasses), leases_(leases) {}

  // Judges each commit as who made it: the agent (or stream) that its trailers name, if it is of
  // the stream of `who`, or `who` is an outsider; else as `who`. A trailer of another stream is a
  // finding of its own. What a gate here has let through before is not blocked by a later policy:
  // then only locks, and what is true of the moment, stand against it. Throws core::Error (broken)
  // where a shallow clone hides what one changed.
  void judge(const std::vector<git::Commit>& commits, const core::Identity& who,
             std::vector<LocatedFinding>& findings);

  std::size_t files() const { return files_; }  // that were judged until now

 private:
  struct Maker {
    core::Identity identity;
    bool named = false;                    // by the commit itself
    std::optional<core::Finding> problem;  // it says it is another stream's
  };
  Maker maker_of(const git::Commit& commit, const core::Identity& who);
  bool concerns_nobody(const core::Identity& identity);
  void require_whole(const git::Commit& commit);
  core::Verdict judge_as(const git::Commit& commit, const core::Identity& identity);
  bool let_through_before(const git::Commit& commit, const core::Identity& who);
  void take_out_bypassed(const git::Commit& commit, const core::Identity& maker,
                         const core::Identity& who, core::Verdict& verdict);
  const JudgedElsewhere& known();
  std::string logged_name(const git::Commit& commit);  // of who made it; may be empty

  session::Session& session_;
  Bypasses bypasses_;
  const ReceivedLeases* leases_;
  std::size_t files_ = 0, judged_ = 0;
  std::optional<bool> any_locks_;
  std::optional<JudgedElsewhere> known_;
  std::optional<BypassedCommits> bypassed_;
  std::optional<std::set<core::ObjectId>> shallow_;
  std::optional<std::map<std::string, std::string>> logged_;  // commit → agent
};

// "in 1a2b3c4d5e", for verdict_text; empty when it is about the ref itself.
std::string remark_of(const LocatedFinding& finding);

// ---- Others' work that comes in without a merge commit: git merge --squash, git cherry-pick.

// Those of the changes to `base` that make a path exactly what it is on a branch that got it by
// commits which count as judged elsewhere, when that branch has changed it since the two parted,
// and here it still was as it has been there: a merge of the two would have done the same.
std::set<core::Change> changes_taken_over(session::Session& session,
                                          const std::optional<core::ObjectId>& base,
                                          const core::ChangeSet& judged);

}  // namespace gs::gates
