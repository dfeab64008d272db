#pragma once
// Who made a commit, said in its message.

#include "lib/app/hook.h"

namespace gs::app {

// prepare-commit-msg: with `trailers: true`, adds Agent: and Stream: to a message that has none.
// Stops nothing: what is wrong is for pre-commit to say.
int sign_message(HookRun& run);

}  // namespace gs::app
