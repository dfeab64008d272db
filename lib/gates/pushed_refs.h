#pragma once
// What a push does to the refs of a repository, and the verdict on it: push, receive and CI ask
// here.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/gates/new_commits.h"
#include "lib/gates/reporting.h"
#include "lib/session/session.h"

namespace gs::gates {

struct RefMove {
  std::string ref;                              // full name, where it is pushed to
  std::optional<core::ObjectId> before, after;  // none: it is made, or deleted
  std::string source = {};                      // what is pushed, as git names it; may be empty
  std::string remote = {};                      // for hints
};

// The branch that a full ref names; nothing for other refs.
std::optional<core::BranchName> branch_of(std::string_view ref);
std::optional<core::StreamId> stream_of_ref(const core::Policy& policy, std::string_view ref);

// Full names of refs with the integration branch, and what begins every branch's name, spelled as
// usual: other ones only where moving the one moves the other (git::folds_ref_names).
class UsualRefNames {
 public:
  explicit UsualRefNames(const git::Repository& repository);
  std::string operator()(std::string name) const;

 private:
  std::optional<std::string> integration_;  // its full name, where names are folded
};

// What was found of the moves that one identity makes.
struct MovesVerdict {
  core::Identity who;
  std::vector<LocatedFinding> findings;
  std::vector<core::ObjectId> judged;  // commits

  bool blocks() const;
};

// `who` says whose each move is. The moves of one identity are judged together. Throws core::Error
// where that cannot be done.
using MoverOf = std::function<core::Identity(const RefMove&)>;
std::vector<MovesVerdict> judge_moves(session::Session& session, const std::vector<RefMove>& moves,
                                      const MoverOf& who, Bypasses bypasses = Bypasses::ignored,
                                      const ReceivedLeases* leases = nullptr);
// The commits that one move brings and for which nobody else is judged; ancestors first.
std::vector<git::Commit> unjudged_commits(session::Session& session, const JudgedElsewhere& known,
                                          const RefMove& move, const core::Identity& who);

// For each move, its commits that were made with a bypass, the newest last.
std::vector<std::vector<BypassedCommit>> bypassed_in(session::Session& session,
                                                     const std::vector<RefMove>& moves);

// The remote-tracking refs but for which more commits of the moves would be judged.
std::vector<JudgedTip> unasked_excuses(session::Session& session, const std::vector<RefMove>& moves,
                                       const MoverOf& who);

// What is wrong with the ref itself: whose branch it is, and what it is called.
void judge_ref(session::Session& session, const RefMove& move, const core::Identity& who,
               std::vector<LocatedFinding>& findings);

// A warning where what is pushed stands on commits of the local integration branch that no remote
// has yet, as far as remote-tracking branches say; none where those of this remote say nothing.
std::optional<LocatedFinding> stands_on_unpushed(session::Session& session,
                                                 const std::vector<RefMove>& moves);

// gate_pass's pass() for each of them; whether all may go on.
bool pass_moves(session::Session& session, const std::vector<MovesVerdict>& verdicts,
                const GateName& gate);

}  // namespace gs::gates
