#pragma once
// What gates write into the activity log.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/finding.h"
#include "lib/core/ids.h"
#include "lib/session/session.h"
#include "lib/state/locks.h"

namespace gs::gates {

// GIT_STREAM_BYPASS, when it gives a reason.
std::optional<std::string> bypass_reason();
// Whether there is one, and the policy lets it count.
bool is_bypassing(session::Session& session);

// One line for a verdict that blocked (`blocked`) or would have (`bypassed`, with its reason).
// `commits`: a JSON array of their ids, where there were commits to judge. `tool`: of an agent's
// program, where it was one's call that was judged.
void log_verdict(session::Session& session, const std::string& action, const std::string& gate,
                 const core::Verdict& verdict, const std::string& reason,
                 std::string_view commits = {}, const std::string& tool = {});

// `expired`, `locked` and `renewed` lines, one a lock.
void log_locks(session::Session& session, const state::LockOutcome& outcome);

// `committed` for HEAD with its subject, and the renewal of the committer's locks. Nothing for an
// outsider where there is no state yet.
void log_commit(session::Session& session);

// ---- What every gate does with a verdict: says it, logs it, and knows who may pass all the same.

struct GateName {
  const char* hook;               // "pre-push", as the log has it
  const char* what;               // "push": what is blocked
  bool logs = true;               // a server logs only where there is a log
  std::string_view commits = {};  // what was judged, for the log: a JSON array of ids
};

// Says what there is to say; whether it may go on. GIT_STREAM_BYPASS counts where the policy says
// so. `remarks`: as in verdict_text.
bool pass(session::Session& session, const core::Verdict& verdict, const GateName& gate,
          const std::vector<std::string>& remarks = {});

// One warning where the integration branch was moved past the gates; of whatever is blocked then,
// pass() says it too.
void say_unseen_move(session::Session& session);

// A person with a reason gets past damage of ours too, where a readable policy allows it.
bool bypasses_damage(session::Session& session, const core::Error& error);

// ---- How a verdict is spoken to a person or an agent on a terminal.

// "git-stream: commit blocked for agent-F2 (stream F)", then each finding with its next command; at
// most `most` findings are spelled out. Warnings alone say "warnings for" instead of "blocked for".
// `remarks`, one a finding or none at all, follow the messages: "in 1a2b3c4d5e".
std::string verdict_text(const core::Verdict& verdict, const core::Identity& identity,
                         std::string_view what, const std::vector<std::string>& remarks = {},
                         std::size_t most = 20);

// ---- Import conflicts as a gate says them: each warning once, in conflict_warnings.jsonl for
// everybody.

// Adds to the findings what is to be said of the verdict's conflicts: with `import-conflict: block`
// all of them, with `warn` those that were not logged before. New ones are logged.
void add_conflicts(session::Session& session, core::Verdict& verdict);

// ---- The commands that a blocked committer is shown.

// Hooks run at the top of the worktree, but their reader is where git was called: ":/" below it.
std::string_view top_prefix();

// A path as a word of a git command.
std::string path_word(const std::string& path);

// Takes a path that may not go in out of the index.
std::string unstage_command(const std::string& path);

// Whether a finding is about what a file holds: the file may stay in, with other content.
bool is_about_content(core::Rule rule);

}  // namespace gs::gates
