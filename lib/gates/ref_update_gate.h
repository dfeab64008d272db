#pragma once
// The gate at which no commit gets past: whatever makes it, a ref has to move (contract, section
// 8).

#include "lib/gates/hook_main.h"

namespace gs::gates {

// Whether this call of reference-transaction is the phase in which it can be stopped, and moves a
// branch or a remote-tracking ref: nothing else is looked at.
bool moves_branches(install::HookCall& call);

// reference-transaction: the commits that branches are about to get. Returns the hook's exit code.
int judge_refs(HookRun& run);

}  // namespace gs::gates
