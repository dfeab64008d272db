#pragma once
// Tries every way around the gates in a scratch clone, and says what came of it.

#include <functional>
#include <string>
#include <vector>

#include "lib/proof/way.h"

namespace gs::proof {

// passed, refused: of an innocent one. broken: the attack itself did not work, so nothing is known.
enum class Outcome { stopped, not_stopped, passed, refused, broken, pointless };
std::string_view outcome_name(Outcome outcome);

struct Row {
  Way way;
  Outcome outcome = Outcome::broken;
  std::string gate;                // which stopped or refused it
  std::string finding;             // what it said: "models/risk.py: scope: belongs to …"
  std::vector<std::string> later;  // of one that was not stopped: what stopped it at a later tier

  // Whether this is not as it is claimed to be.
  bool fails() const;
};

struct Proof {
  Cast cast;
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
Proof prove(app::Session& session, const std::string& only,
            const std::function<void(std::size_t, std::size_t)>& done);

}  // namespace gs::proof
