#pragma once
// The steps of a validation: which there are, and what became of them, as reports show it and as
// the log has it.

#include <string>
#include <string_view>
#include <vector>

#include "lib/report/findings.h"
#include "lib/session/session.h"
#include "lib/state/journal.h"
#include "lib/streams/validation/validate.h"

namespace gs::streams {

// The policy's own, an empty list included. Where it has none: types and imports where there is
// Python, tests where there is a folder `tests`, layers where the policy has some. Without a policy
// there is nothing to run.
std::vector<core::ValidateStep> validation_steps(session::Session& session);

// With the last lines of what each printed; those that were not come to are "not run". Logs are
// named relative to the main worktree.
std::vector<report::StepRun> step_runs(session::Session& session, const Validation& validation);

// The last run of each step that the log knows of this commit, or of one with the same tree, and
// that saw nothing else; empty without one.
std::vector<report::StepRun> logged_runs(const git::Repository& repository,
                                         const state::LogRead& log, const core::ObjectId& commit);

// The names of those steps of which no run passed or failed.
std::vector<std::string> steps_without_result(const std::vector<core::ValidateStep>& steps,
                                              const std::vector<report::StepRun>& runs);

// What is known of a commit's validation, from the activity log.
struct ValidationState {
  enum class Kind { no_steps, not_validated, failed, passed };
  Kind kind = Kind::no_steps;
  std::vector<std::string> steps;  // that failed, or of which there is no result
  bool in_part = false;            // not_validated: some have passed
};
std::string_view kind_name(ValidationState::Kind kind);  // as --json spells it: "not_validated"
ValidationState validation_state(session::Session& session, const core::ObjectId& commit);

// "passed: types, tests", "FAILED: tests (exit 1); passed: types"; empty without runs.
std::string test_status(const std::vector<report::StepRun>& runs);
// The same for a commit, from the activity log.
std::string test_status(session::Session& session, const core::ObjectId& commit);

}  // namespace gs::streams
