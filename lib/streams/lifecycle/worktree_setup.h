#pragma once
// Makes a stream's branch and worktree, from whatever an interrupted start left.

#include <string>
#include <vector>

#include "lib/streams/lifecycle/worktree_location.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

// Of a worktree that git makes, until all of it is made.
class WorktreeRecord : public RecoveryRecord {
 public:
  WorktreeRecord(const git::Layout& layout, const WorktreeOwner& owner)
      : RecoveryRecord(layout, name(owner),
                       "making the worktree of " + owner.title() + " for an earlier start",
                       owner.start()) {}

  // Whether a start of it has begun and not finished.
  static bool pending(const git::Layout& layout, const WorktreeOwner& owner) {
    return RecoveryRecord::pending(layout, name(owner));
  }

 private:
  static std::string name(const WorktreeOwner& owner) { return "start-" + owner.key(); }
};

// What was made of a location, and what is worth telling.
struct WorktreeSetup {
  WorktreeLocation location;
  std::vector<std::string> notes = {};
};

// Makes the worktree, or finishes what an interrupted start left of it, its branch beginning at
// `base` where it is new or holds nothing of its own. To be called under the RepositoryLock, with a
// location that was found while `record` was there. Throws core::Error (broken) with git's words.
WorktreeSetup set_up_worktree(session::Session& session, const WorktreeOwner& owner,
                              const WorktreeLocation& location, const core::ObjectId& base,
                              const WorktreeRecord& record, const StepWatch& watch);

// Moves the branch of a present worktree up to `base`, when it holds nothing of its own and the
// worktree lets git do it.
WorktreeSetup catch_up(session::Session& session, const WorktreeLocation& location,
                       const core::ObjectId& base, const StepWatch& watch);

// As git sees the repository from its main worktree, or from a bare repository's folder.
git::Layout home_layout(const git::Layout& layout);
git::Layout worktree_layout(const git::Layout& layout, const WorktreeLocation& location);

}  // namespace gs::streams
