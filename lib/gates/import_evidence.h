#pragma once
// What a change imports anew, found out for the verdict: from blobs and trees, never from the
// working directory.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzers/import_conflicts.h"
#include "analyzers/judge.h"
#include "lib/core/pattern.h"
#include "lib/session/session.h"

namespace gs::gates {

// A change as modules are resolved in it.
struct JudgedTree {
  std::optional<core::ObjectId> base;         // the first parent; none for a root commit
  const core::ChangeSet& whole;               // all that turns its tree into the judged one
  const core::ChangeSet& judged;              // what the verdict is about: less than all in a merge
  std::vector<core::ObjectId> other_parents;  // of a merge
};

// Finds what a change imports anew in two steps, between which the locks are read. Both find
// nothing where the policy asks nothing of imports, for outsiders, and when no Python file changes.
class ImportSearch {
 public:
  // Reads what the changed files import now. Session and tree must outlive it.
  ImportSearch(session::Session& session, const JudgedTree& tree);
  ~ImportSearch();
  ImportSearch(const ImportSearch&) = delete;
  ImportSearch& operator=(const ImportSearch&) = delete;

  // The imported modules' files.
  std::vector<std::string> target_files() const;
  // Of the imports that something could be said of, those that were not there before. Only for
  // files that have such imports are the old contents read. `locks`: those on target_files().
  analyzers::ImportEvidence evidence(const core::LockTable& locks);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- What other streams are doing to imported modules: on their branches, and by their progress.

// A branch that another stream works on, and where it stands.
struct OthersBranch {
  core::StreamId stream;
  core::BranchName branch;
  core::ObjectId tip;
};
std::vector<OthersBranch> others_branches(session::Session& session);

// The imported modules that other streams' branches have changed since they left the integration
// branch, as far as the change in hand, made on `base`, does not have that yet.
std::vector<analyzers::ConcurrentChanges> find_concurrent_changes(
    session::Session& session, const std::vector<OthersBranch>& others,
    const std::vector<core::ImportEdge>& edges, const std::optional<core::ObjectId>& base);

// Those of the files that are not the same on some other stream's branch: few, and quickly found.
std::set<std::string> changed_concurrently(session::Session& session,
                                           const std::vector<OthersBranch>& others,
                                           const std::vector<std::string>& files,
                                           const std::optional<core::ObjectId>& base);

// The scopes of the agents that the committer comes after.
std::vector<core::PatternList> scopes_of_earlier(session::Session& session);

// Of the agents that the committer comes after, those whose work is complete.
std::vector<core::AgentId> finished_agents(session::Session& session);

}  // namespace gs::gates
