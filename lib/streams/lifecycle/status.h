#pragma once
// Status overview: the state of every stream, its agents, branch and worktree. Nothing is changed,
// and no lock is taken.

#include <optional>
#include <string>
#include <vector>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/lock.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/platform/process_id.h"
#include "lib/session/session.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/other_hosts.h"

namespace gs::streams {

// ready: waiting, with nothing missing.
enum class StreamState { waiting, ready, in_progress, completed, merged };
std::string_view state_name(StreamState state);

// An agent of a stream, as the policy has it or as its stream was started with it.
struct AgentView {
  core::AgentId id;
  bool completed = false;              // its own work; a stream that is done says so itself
  std::optional<state::AgentRun> run;  // its last one
  platform::Liveness liveness = platform::Liveness::ended;

  bool alive() const { return run && liveness != platform::Liveness::ended; }
  // It ended badly, or nobody saw its end, and its work is not done.
  bool failed() const;
};

// One of a stream's branches.
struct BranchView {
  conflicts::StreamBranch branch;
  std::optional<git::Divergence> divergence;    // from the integration branch
  std::optional<git::Uncommitted> uncommitted;  // in its worktrees; none: it has none
  bool changed_since_completed = false;         // it has other commits than when completed
};

struct StreamView {
  core::StreamId id;
  std::string name;
  StreamState state = StreamState::waiting;
  std::size_t phase = 0;                 // from 1; 0: in a circle, or not in the policy
  std::vector<core::StreamId> missing;   // dependencies that are not done
  std::vector<core::StreamId> unmerged;  // dependencies that must be merged before it can be
  std::vector<AgentView> agents;
  std::optional<state::StreamRecord> record;  // of a stream that was started

  core::BranchName branch;           // the first of them, or the one that it would have
  std::vector<BranchView> branches;  // all that there are
  std::vector<conflicts::OutsideBranch> outside;
  bool branch_exists = false;
  std::optional<git::Divergence> divergence;    // of `branch` from the integration branch
  bool changed_since_completed = false;         // a branch has other commits than when completed
  std::optional<git::Worktree> worktree;        // of `branch`; none, too, where its folder is gone
  std::optional<git::Uncommitted> uncommitted;  // in all worktrees of the stream
  std::vector<std::string> troubles;            // what could not be found out

  std::size_t locks = 0, warnings = 0;
  std::optional<state::Activity> last;

  bool started() const { return record.has_value(); }
};

// A file that is damaged, and what mends it.
struct Damage {
  std::string what, next;
};

struct Overview {
  std::vector<StreamView> streams;  // in the policy's order; started ones that it lost at the end
  core::LockTable locks;
  std::vector<git::Worktree> worktrees;  // all
  std::optional<OtherHosts> others;      // where clones share their locks and logs
  std::vector<Damage> damage;
  std::optional<Damage> old_commits;  // see install::commits_of_another_hash

  std::size_t count(StreamState state) const;
  // What can be done next: streams to start, on which no other host is at work, and to merge.
  std::vector<core::StreamId> can_start() const, can_merge() const;
  bool belongs_to_stream(const git::Worktree& worktree) const;
};

// Throws core::Error (usage) when the policy cannot be read.
Overview overview_of(session::Session& session);

// Each stream's phase, from 1, by what it depends on; 0 in or behind a circle.
std::vector<std::size_t> phase_numbers(const core::Policy& policy);

}  // namespace gs::streams
