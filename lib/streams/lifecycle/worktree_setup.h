#pragma once
// Makes a stream's branch and worktree, from whatever an interrupted start left.

#include <string>
#include <vector>

#include "lib/streams/lifecycle/worktree_location.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

// Of a stream whose worktree git makes, until all of it is made.
class WorktreeRecord : public RecoveryRecord {
 public:
  WorktreeRecord(const git::Layout& layout, const core::StreamId& stream)
      : RecoveryRecord(layout, name(stream),
                       "making the worktree of stream " + stream.str() + " for an earlier start",
                       "git stream start " + stream.str()) {}

  // Whether a start of this stream has begun and not finished.
  static bool pending(const git::Layout& layout, const core::StreamId& stream) {
    return RecoveryRecord::pending(layout, name(stream));
  }

 private:
  static std::string name(const core::StreamId& stream) { return "start-" + stream.str(); }
};

// What was made of a location, and what is worth telling.
struct WorktreeSetup {
  WorktreeLocation location;
  std::vector<std::string> notes = {};
};

// Makes the worktree, or finishes what an interrupted start left of it, its branch beginning at
// `base` where it is new or holds nothing of its own. To be called under the RepositoryLock, with a
// location that was found while `record` was there. Throws core::Error (broken) with git's words.
WorktreeSetup set_up_worktree(session::Session& session, const core::StreamId& stream,
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
