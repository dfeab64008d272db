#pragma once
// The gates of a push: before it leaves a clone, and where it arrives (contract, section 8).

#include <string>
#include <string_view>
#include <vector>

#include "lib/gates/hook_main.h"
#include "lib/gates/pushed_refs.h"

namespace gs::gates {

// Whose each move of a push from here is: of whoever acts here, else of the stream whose branch it
// is.
MoverOf movers_here(session::Session& session);

// pre-push: every ref that is about to be pushed. Returns the hook's exit code.
int judge_push(HookRun& run);

// pre-receive, in the repository that is pushed to: nobody's environment says who pushes there, so
// branches and trailers do.
int judge_received(HookRun& run);

// What git tells the two on stdin (githooks(5)). Throws core::Error (broken) for anything else.
std::vector<RefMove> read_pushed(std::string_view input, const std::string& remote);
std::vector<RefMove> read_received(std::string_view input);

}  // namespace gs::gates
