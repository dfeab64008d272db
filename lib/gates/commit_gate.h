#pragma once
// The gates around a commit (contract, section 8).

#include "lib/gates/hook_main.h"

namespace gs::gates {

// pre-commit: the index against HEAD. Returns the hook's exit code.
int judge_index(HookRun& run);

// pre-merge-commit: the index against HEAD and the commits that are being merged.
int judge_merge(HookRun& run);

// post-commit: logs `committed` and renews the holder's locks. Never stops anything.
int note_commit(HookRun& run);

}  // namespace gs::gates
