#pragma once
// Import conflicts as a gate says them: each warning once, in conflict_warnings.jsonl for
// everybody.

#include "lib/session/session.h"
#include "lib/core/finding.h"

namespace gs::gates {

// Adds to the findings what is to be said of the verdict's conflicts: with `import-conflict: block`
// all of them, with `warn` those that were not logged before. New ones are logged.
void add_conflicts(session::Session& session, core::Verdict& verdict);

}  // namespace gs::gates
