#pragma once
// What `init` and `install` record of the integration branch, in COMMONDIR/stream: only this, and
// no configuration, says where the policy stands (contract, sections 2 and 13).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/ids.h"
#include "lib/git/repository.h"

namespace gs::policy {

// File COMMONDIR/stream/integration: the branch's name; then, a line each, "symbolic REF" and
// "policy".
struct IntegrationRecord {
  core::BranchName branch{"develop"};
  std::string symbolic;     // the ref that the branch is a name of, where it is meant so
  bool had_policy = false;  // a policy stood on it once
  bool recorded = false;    // there is such a file
};
IntegrationRecord read_integration(const git::Layout& layout);
void record_integration(const git::Layout& layout, const IntegrationRecord& record);

core::BranchName integration_branch(const git::Layout& layout);
void note_integration_branch(const git::Repository& repository, const core::BranchName& branch);

// ---- Where the branch is. Not every move of it is shown to a hook: `git branch -C` runs none, nor
// does `git branch -M` where refs are in tables. So the commit is recorded that the gate of ref
// updates has let it be moved to, or on which an owner's `install` has found it. File
// COMMONDIR/stream/integration-tip. No file: nothing is known; nor of a branch that is a name of
// another.
void record_integration_tip(const git::Layout& layout, const core::ObjectId& tip);
void forget_integration_tip(const git::Layout& layout);
// The one recorded, of this repository's hash.
std::optional<core::ObjectId> recorded_integration_tip(const git::Repository& repository);

struct IntegrationTip {
  core::ObjectId commit;  // the branch's, as far as it is believed: the policy is read there
  std::optional<core::ObjectId> moved_to;  // where it is instead, by no gate's leave
};
// Nothing where there is no such branch. Waits a moment for a move that is under way, and records
// one that was made without hooks where the branch was checked out in a worktree of nobody's
// stream.
std::optional<IntegrationTip> integration_tip(const git::Repository& repository,
                                              const core::BranchName& branch);

// A remote as it was when it was recorded. File COMMONDIR/stream/remotes: "NAME URL" a line, first
// the one whose integration branch is ours. No file: nothing was recorded yet.
struct RecordedRemote {
  std::string name, url;
  bool operator==(const RecordedRemote&) const = default;
};
std::optional<std::vector<RecordedRemote>> recorded_remotes(const git::Layout& layout);

// Those that the configuration has now; with the first record of one, what its integration branch
// is here. The first stays first. Not for agents.
void record_remotes(const git::Repository& repository);

// The remote-tracking ref of the recorded remote's integration branch ("refs/remotes/origin/…");
// origin's where nothing was recorded; empty where no remote was.
std::string remote_integration_ref(const git::Layout& layout);

// The commit that this ref held when it was moved last from where an owner works. Others may have
// moved the ref since. File COMMONDIR/stream/remote-tip.
std::optional<core::ObjectId> recorded_remote_tip(const git::Layout& layout);
void record_remote_tip(const git::Layout& layout, const core::ObjectId& tip);

// The recorded remote's integration branch, as far as it is believed: the recorded commit, or where
// nothing was recorded the ref's.
std::optional<core::ObjectId> believed_remote_tip(const git::Repository& repository);

// How the local branch stands to it, where both are here and differ.
struct RemoteStanding {
  std::string ref;
  bool behind = false;      // nothing of its own: it can be moved forward
  bool unasked = false;     // the ref was moved by others, and is not believed yet
  bool same_policy = true;  // on both
};
std::optional<RemoteStanding> standing_to_remote(const git::Repository& repository);

// Asks the recorded remote at its recorded address, and records the ref's commit when the remote
// says the same; whether it does. The network is used.
bool ask_remote(const git::Repository& repository);

}  // namespace gs::policy
