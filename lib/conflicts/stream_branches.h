#pragma once
// The branches of every stream (contract, section 10): which there are, where they are worked on,
// whose they are, and what of them the integration branch has. Found out once, and given to all
// that ask about streams.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/conflicts/stream_work.h"
#include "lib/core/policy.h"
#include "lib/git/merge/merged_part.h"
#include "lib/git/refs/history.h"
#include "lib/git/repository.h"
#include "lib/session/session.h"
#include "lib/state/streams.h"

namespace gs::conflicts {

struct StreamBranch {
  core::StreamId stream;
  core::BranchName name;
  core::ObjectId tip;
  // From where what is not in the integration branch counts: the merge base, or the last commit
  // that is in by content. None: no history in common.
  std::optional<core::ObjectId> base;
  git::Divergence divergence;             // from the integration branch
  std::optional<git::MergedPart> merged;  // none: nothing of it, as far as it has commits
  bool has_work = false;                  // it has, or had, commits of its own
  std::vector<git::Worktree> worktrees;   // in which it is worked on; usually one
  std::optional<core::AgentId> agent;     // whose it is alone
  std::string upstream;                   // "origin/feature/…"; empty: none
  std::string remote = {};  // "origin": it is a remote-tracking branch, and `name` begins with that

  bool is_in() const { return base == tip; }
  // Commits that the integration branch has not.
  bool remains() const { return !is_in(); }
  std::string worktree() const { return worktrees.empty() ? "" : worktrees.front().path.string(); }
};

// A worktree that is enrolled for a stream, on a branch that is none of it; or a branch that was
// renamed away from the stream's.
struct OutsideBranch {
  core::StreamId stream;
  std::optional<core::BranchName> name;  // none: no branch is checked out
  core::ObjectId tip;
  std::optional<git::Worktree> worktree;
  std::optional<core::AgentId> agent;  // as whose the worktree is enrolled
  bool has_work =
      false;         // commits that neither the integration branch nor a branch of the stream has
  std::string next;  // the command that brings it, or the worktree, back

  // "branch claude/x in /home/ada/bot-stream-F"
  std::string described() const;
};

// A branch of a stream of which nothing can be known: it is not in, as far as anybody can tell.
struct DamagedBranch {
  core::StreamId stream;
  core::BranchName name;
  std::string trouble;
};

struct StreamBranches {
  core::ObjectId integration;
  std::map<core::StreamId, std::vector<StreamBranch>> by_stream;  // by name
  std::vector<OutsideBranch> outside;
  std::vector<DamagedBranch> damaged;

  const std::vector<StreamBranch>& of(const core::StreamId& stream) const;
  std::vector<OutsideBranch> outside_of(const core::StreamId& stream) const;
  const DamagedBranch* damaged_of(const core::StreamId& stream) const;
  // Whether any branch of it has, or had, commits of its own; and has some that are not in.
  bool has_work(const core::StreamId& stream) const;
  bool remains(const core::StreamId& stream) const;
};

// Whose a branch of this name is: by the naming rule; else by what was recorded, or would be made.
// Nobody's: the integration branch.
std::optional<core::StreamId> stream_of_name(const core::Policy& policy,
                                             const state::Streams& streams,
                                             const core::BranchName& branch);
// The agent for which alone the rule makes this name.
std::optional<core::AgentId> agent_of_name(const core::Policy& policy,
                                           const core::StreamSpec& stream,
                                           const core::BranchName& branch);

// Every local branch that fits the naming rule for a stream of the policy, the branch that the rule
// makes of its name, and those that its record names. `integration`: as integration_tip().
StreamBranches stream_branches(session::Session& session, const state::Streams& streams,
                               const core::ObjectId& integration);

// The work that is not in yet; nothing without history in common.
std::optional<StreamWork> work_on(const git::Repository& repository, const StreamBranch& branch);

// The streams as they stand by their branches: one with commits is in progress, whoever made its
// branch; one that is recorded as merged while a branch of it is not is not merged; one that is
// complete and all of whose branches are in is.
state::Streams streams_by_branches(const core::Policy& policy, const state::Streams& recorded,
                                   const StreamBranches& branches);
// Both at once, as of now. Without an integration branch as they are recorded.
struct StreamsNow {
  state::Streams recorded, streams;
  StreamBranches branches;
};
StreamsNow streams_now(session::Session& session);

// ---- One branch an agent

// What stands for {slug} in the names of an agent's branch and worktree: its scope's, unless
// another agent's or the stream's is the same.
std::string agent_slug(const core::StreamSpec& stream, const core::AgentSpec& agent);
// Whether the naming rules can tell a stream's branches apart.
bool rule_has_slug(const core::Policy& policy);
core::BranchName agent_branch_for(const core::Policy& policy, const core::StreamSpec& stream,
                                  const core::AgentSpec& agent);
std::string agent_worktree_for(const git::Layout& layout, const core::Policy& policy,
                               const core::StreamSpec& stream, const core::AgentSpec& agent);

// The stream's branches on which this agent works: those that are its own, else those that are no
// other agent's.
std::vector<StreamBranch> branches_of_agent(const std::vector<StreamBranch>& branches,
                                            const core::AgentId& agent);

}  // namespace gs::conflicts
