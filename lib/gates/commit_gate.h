#pragma once
// The gates around a commit (contract, section 8).

#include "lib/gates/hook_main.h"
#include "lib/session/session.h"

namespace gs::gates {

// pre-commit: the index against HEAD. Returns the hook's exit code.
int judge_index(HookRun& run);

// pre-merge-commit: the index against HEAD and the commits that are being merged.
int judge_merge(HookRun& run);

// post-commit: logs `committed` and renews the holder's locks. Never stops anything.
int note_commit(HookRun& run);

// ---- A conflicted merge that is concluded by a commit: git runs post-commit for it, and no
// post-merge.

// The argument by which our post-merge is told that a commit concluded the merge.
inline constexpr char kConcluded[] = "--concluded";

// Where HEAD is a merge commit that no rebase has made, runs our post-merge for it.
void look_after_concluded_merge(session::Session& session);

// ---- Who made a commit, said in its message.

// prepare-commit-msg: with `trailers: true`, adds Agent: and Stream: to a message that has none.
// Stops nothing: what is wrong is for pre-commit to say.
int sign_message(HookRun& run);

}  // namespace gs::gates
