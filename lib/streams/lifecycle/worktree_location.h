#pragma once
// The location of a stream's worktree: where it is or shall be, and what is there of it and its
// branch.

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/session/identity.h"
#include "lib/session/session.h"
#include "lib/state/streams.h"
#include "lib/streams/recovery.h"

namespace gs::streams {

// Whose a worktree is: a stream's, or that of one agent of it.
struct WorktreeOwner {
  const core::StreamSpec& stream;
  const core::AgentSpec* agent = nullptr;

  std::string key() const;    // "F", "F@F1": in names of files
  std::string title() const;  // "stream F", "agent-F1"
  std::string start() const;  // the command that makes it
  session::Enrolment enrolment() const;
};

struct WorktreeLocation {
  enum class State {
    absent,    // no worktree is registered, and nothing is in the way of one
    missing,   // registered, but its folder is not there
    unlinked,  // its folder is there, the file in it that leads to the repository is not
    partial,   // git is making it, or was ended while it did
    present
  };
  State state = State::absent;
  std::filesystem::path path;
  std::filesystem::path git_dir;             // of a registered one
  core::BranchName branch;                   // the stream's
  std::optional<core::BranchName> other;     // what a present one has checked out instead
  bool detached = false;                     // or no branch at all
  std::optional<core::ObjectId> tip;         // the branch's; none: there is no such branch
  std::vector<std::filesystem::path> stale;  // git directories of worktrees that had the branch
                                             // elsewhere, and are gone
};

// The places that the record names, else the policy. A worktree elsewhere that has the branch and
// is enrolled for the owner is its worktree. One that has another branch of the same stream is
// followed: it was renamed or switched.
std::variant<WorktreeLocation, Refusal> locate_worktree(session::Session& session,
                                                        const WorktreeOwner& owner,
                                                        const state::StreamRecord* record);

// The reason under which git keeps a worktree locked until all of it is made.
std::string making_reason(const WorktreeOwner& owner);
// Why a worktree is locked (git-worktree(1)); nothing when it is not.
std::optional<std::string> lock_reason(const std::filesystem::path& git_dir);

// Whose a worktree is by its own record, its stream filled in; nothing without one, or when it
// cannot be read.
std::optional<session::Enrolment> enrolment_of(const core::Policy& policy,
                                               const std::filesystem::path& git_dir);

}  // namespace gs::streams
