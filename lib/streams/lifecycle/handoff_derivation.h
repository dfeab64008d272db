#pragma once
// Derivation of handoffs: from what a stream's branch has made of public interfaces.

#include <string>
#include <vector>

#include "lib/conflicts/stream_work.h"
#include "lib/session/session.h"
#include "lib/state/handoffs.h"

namespace gs::streams {

// The stream's own name as a sender, for what belongs to none of its agents: "stream-F".
std::string stream_sender(const core::StreamId& stream);

// Whose is each change of the work: the agent whose scope holds the path; for paths in nobody's
// scope the agent that last committed it, as the log knows; else stream_sender(). Nobody's (empty):
// shared paths. In the order of the changes.
std::vector<std::string> owners_of(session::Session& session, const core::StreamSpec& stream,
                                   const conflicts::StreamWork& work);

// The handoffs of these senders (agents' full names, stream_sender()), without those that would say
// again what the sender's last one said. `commit` is the work's tip.
std::vector<state::Handoff> handoffs_of(session::Session& session, const core::StreamSpec& stream,
                                        const conflicts::StreamWork& work,
                                        const std::vector<std::string>& senders,
                                        const std::string& tests);

}  // namespace gs::streams
