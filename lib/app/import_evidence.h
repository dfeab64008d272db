#pragma once
// What a change imports anew, found out for the verdict: from blobs and trees, never from the
// working directory.

#include <optional>
#include <vector>

#include "analyzers/judge.h"
#include "lib/app/session.h"

namespace gs::app {

// A change as modules are resolved in it.
struct JudgedTree {
  std::optional<core::ObjectId> base;         // the first parent; none for a root commit
  const core::ChangeSet& whole;               // all that turns its tree into the judged one
  const core::ChangeSet& judged;              // what the verdict is about: less than all in a merge
  std::vector<core::ObjectId> other_parents;  // of a merge
};

// The facts of one blob, read anew.
std::string import_facts(const git::Repository& repository, const core::ObjectId& blob);

// Empty where the policy asks nothing of imports, for outsiders, and when no Python file changes.
analyzers::ImportEvidence gather_imports(Session& session, const JudgedTree& tree);

}  // namespace gs::app
