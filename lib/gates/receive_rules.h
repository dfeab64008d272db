#pragma once
// What a server asks of a push besides its commits: who may push as whom, and what a ref that goes
// back, or is deleted, would take away (contract, section 13).

#include <optional>
#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/gates/pushed_refs.h"
#include "lib/session/session.h"

namespace gs::gates {

// The name under which the host knows who pushes, as it tells hooks: the first that is set of
// GL_USERNAME (GitLab), GITEA_PUSHER_NAME (Gitea, Forgejo), GL_USER (gitolite), BB_USER_NAME
// (Bitbucket), REMOTE_USER (git-http-backend), GIT_STREAM_PUSHER (what a forced command of sshd
// sets). Whoever pushes through a path has this environment in hand.
std::optional<std::string> pusher_in_environment();

// As whom somebody pushes, by agents.*.pushers. Who is listed in one stream alone acts as that
// stream everywhere, as the agent where that is one; who is listed in several, as the one whose ref
// it is, and elsewhere as a person. Who is listed nowhere, or not known, is known by the ref.
core::Identity identity_of_pusher(const core::Policy& policy,
                                  const std::optional<std::string>& pusher, const RefMove& move);

// What is wrong with a move on a server: a stream's branch that this pusher may not move; a branch
// that would lose work, unless the pusher may push as its stream. Of a stream, work is lost that
// neither the branch, another of the stream, nor the integration branch has afterwards; of the
// integration branch, every commit. `moves`: all of the push.
std::optional<LocatedFinding> judge_received_move(session::Session& session, const RefMove& move,
                                                  const std::vector<RefMove>& moves,
                                                  const std::optional<std::string>& pusher);

}  // namespace gs::gates
