#pragma once
// What may happen to the integration branch itself, whose tip says by which policy everybody is
// judged (contract, sections 3 and 13).

#include <vector>

#include "lib/core/finding.h"
#include "lib/git/refs/refs.h"
#include "lib/session/session.h"

namespace gs::gates {

// From where no owner acts, the protected paths of the integration branch change only by moving it
// forward to what the recorded remote has there, and the branch is not taken away. `updates`: as
// reference-transaction is told of them. What is wrong with them; with a readable policy only.
std::vector<core::Finding> judge_integration_moves(session::Session& session,
                                                   const std::vector<git::RefUpdate>& updates);

// Records to where the integration branch is moved, once nothing of ours is in the way of it.
void note_integration_moves(const git::Repository& repository,
                            const std::vector<git::RefUpdate>& updates);

// Notes to where an owner moves the remote-tracking ref of the recorded remote's integration
// branch. Never throws: what is not noted is not believed.
void note_remote_moves(session::Session& session, const std::vector<git::RefUpdate>& updates);

}  // namespace gs::gates
