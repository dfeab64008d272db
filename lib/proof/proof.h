#pragma once
// Tries every way around the gates in a scratch clone, and says what came of it.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/proof/attacker.h"
#include "lib/session/session.h"

namespace gs::proof {

enum class Gate {
  none,
  pre_commit,
  pre_merge_commit,
  reference_transaction,
  pre_push,
  pre_receive,
  check_range
};
// git's name of the hook; "git stream check --range"; empty for none.
std::string_view gate_name(Gate gate);

// What an attack is after. It is stopped when it did not come to that and a gate blocked.
enum class Goal {
  theirs,            // a commit that changes $THEIRS gets onto a branch
  theirs_on_branch,  // the same, onto the stream's own branch
  theirs_on_server,  // a commit that changes $THEIRS gets onto any ref of the server
  alias,             // a commit that changes $ALIAS gets onto a branch
  mine,              // a commit that changes $MINE gets onto a branch: of a file that is locked
  policy,            // a commit that changes the policy gets onto a branch
  refs,              // a ref is another one afterwards
  server_refs,       // a ref of the server is another one afterwards
  innocent           // nothing bad: every line must go through, and no gate may block
};

// What a policy must have for a way to be worth trying; $THEIRS is asked for by its goal.
enum class Needs {
  nothing,
  other_stream,
  owner,        // somebody owns $THEIRS
  lock,         // somebody else who can hold a lock, and locks that block
  branch_name,  // a naming rule that blocks
  letters,      // $THEIRS has letters
  shared        // a shared file; without one the way is not in the list
};

// What a policy may say that changes what is expected.
// symbolic_refs_judged: this git tells reference-transaction of symbolic refs (since 2.46).
// refs_in_tables: git renames refs there (reftable) without telling it.
enum class When {
  never,
  same_stream,
  bypass_blocks,
  outsider_blocks,
  symbolic_refs_judged,
  refs_in_tables
};

// A way around the gates, or an innocent action that they must let through: a row of ways.cpp. Its
// lines are run by `sh -ec` in the agent's worktree ($WORK) of a fresh scratch clone; what is there
// to name in them is in scratch_clone.h.
struct Way {
  std::string_view group, name;
  Gate gate = Gate::none;        // which one stops it; none: nothing on this machine does
  std::string_view setup = {};   // without hooks; must succeed
  std::string_view attack = {};  // with hooks, as an agent would; the first line that fails ends it
  std::string_view reason = {};  // why nothing stops it
  Goal goal = Goal::theirs;
  Needs needs = Needs::nothing;
  std::string_view cleanup = {};    // without hooks: what ScratchClone::reset() leaves
  bool in_owners_worktree = false;  // run in $REPO instead
  struct Otherwise {
    When when = When::never;
    Gate gate = Gate::none;
    std::string_view reason = {};
  } otherwise = {};  // what is expected then
};

// All rows, in the order in which they are tried and shown.
std::span<const Way> all_ways();

// passed, refused: of an innocent one. broken: the attack itself did not work, so nothing is known.
enum class Outcome { stopped, not_stopped, passed, refused, broken, pointless };
std::string_view outcome_name(Outcome outcome);

struct Row {
  std::string group, name;
  bool innocent = false, on_server = false;
  Gate expected = Gate::none;
  std::string reason;  // why nothing stops it, or why there is nothing to try
  Outcome outcome = Outcome::broken;
  std::string gate;                // which stopped or refused it
  std::string finding;             // what it said: "models/risk.py: scope: belongs to …"
  std::vector<std::string> later;  // of one that was not stopped: what stopped it at a later tier

  // Whether this is not as it is claimed to be.
  bool fails() const;
};

struct Proof {
  Attacker attacker;
  std::string branch;
  std::vector<Row> rows;
  std::size_t seconds = 0;

  std::size_t count(Outcome outcome) const;
  bool holds() const;  // no row fails
};

// The ways of this group, this very way ("GROUP: NAME"), or those whose name has this text in it;
// all for an empty one. `done` is told how many are finished, of how many. The user's repository is
// only read. Throws core::Error: usage without a policy, interrupted when a signal came that is to
// end us.
Proof prove(session::Session& session, const std::string& only,
            const std::function<void(std::size_t, std::size_t)>& done);

}  // namespace gs::proof
