#pragma once
// Who made a commit, said in its message.

#include "lib/gates/hook_main.h"

namespace gs::gates {

// prepare-commit-msg: with `trailers: true`, adds Agent: and Stream: to a message that has none.
// Stops nothing: what is wrong is for pre-commit to say.
int sign_message(HookRun& run);

}  // namespace gs::gates
