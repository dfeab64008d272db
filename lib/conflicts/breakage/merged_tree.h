#pragma once
// Judgement of a whole merged tree: layers, circles, imports that lead nowhere and calls that
// cannot work. Nothing is checked out.

#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/core/finding.h"
#include "lib/session/session.h"

namespace gs::conflicts {

// What the merge has made of the integration branch.
struct MergedRange {
  core::ObjectId before, after;             // its tip before the merge, and the merge
  std::vector<std::string> variables = {};  // as for PathAuthors
};

struct MergedFinding {
  ConflictKind kind = ConflictKind::broken_import;  // of what is in the tree itself
  std::string fault;                                // the message without who changed it, and where
  core::Finding finding;
};

// What is wrong in `after` and was not in `before`: imports of higher layers (as rules.layer says,
// the baseline apart), internal imports whose module or name is not there (unless guarded by
// `except ImportError`, or when it cannot be decided), new circles of top-level modules, calls that
// were right and names that were bound on either side of the merge. By path and line.
std::vector<MergedFinding> merged_findings(session::Session& session, const MergedRange& range);

// The findings alone.
std::vector<core::Finding> judge_merged(session::Session& session, const core::ObjectId& before,
                                        const core::ObjectId& after);

}  // namespace gs::conflicts
