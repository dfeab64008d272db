#pragma once
// One run of a program of ours: the repository, its policy, its state, who acts, and when.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/git/repository.h"
#include "lib/policy/policy_in_force.h"
#include "lib/session/identity.h"
#include "lib/state/journal.h"
#include "lib/state/state_dir.h"

namespace gs::session {

class Session {
 public:
  explicit Session(git::Repository repository);

  const git::Repository& repository() const { return repository_; }
  core::Instant now() const { return now_; }

  // Asked once, then remembered; each throws core::Error when it cannot be known.
  const std::optional<policy::PinnedPolicy>& pinned();
  const core::Policy& policy();  // an empty one (no streams, default rules) where there is none
  // Throws (broken) where this is a stream's worktree that has lost its `.git`.
  const core::Identity& identity();
  // The same, and an owner by their name: for what is said and logged. Costs more for outsiders.
  const core::Identity& named();
  // Where whoever is judged stands, unless it is where this process was called.
  void stand_in(std::filesystem::path folder) { folder_ = std::move(folder); }
  // In the place of the one that load_policy() finds.
  void pin(std::optional<policy::PinnedPolicy> pinned) { pinned_ = std::move(pinned); }
  void act_as(core::Identity identity);  // whoever it is that runs this
  const state::StateDir& state();
  void forget();        // what was asked: it has changed
  void forget_state();  // where it is, alone

  // Whether remote-tracking refs count for the time being: not in a push, which asks the remote.
  bool believes_remote_refs() const { return believes_remote_refs_; }
  void believe_remote_refs(bool believe) { believes_remote_refs_ = believe; }

  // Adds a line to the activity log in the name of identity().
  void log(const std::string& action, std::vector<std::pair<std::string, std::string>> fields);

 private:
  git::Repository repository_;
  core::Instant now_;
  bool believes_remote_refs_ = true;
  std::optional<std::optional<policy::PinnedPolicy>> pinned_;
  std::optional<core::Identity> identity_;
  std::optional<state::StateDir> state_;
  std::optional<std::filesystem::path> folder_;
};

// Where the state files are: "stream/state" in the common git directory.
std::filesystem::path state_place(const git::Layout& layout);
// Where a former version had them (the main worktree, or a bare repository's own folder), while
// nobody has run `git stream install` since.
std::optional<std::filesystem::path> former_place(const git::Layout& layout,
                                                  const core::Policy& policy);

}  // namespace gs::session
