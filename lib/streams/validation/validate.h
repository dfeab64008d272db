#pragma once
// The policy's validate steps, run one after the other in a worktree.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/process/child.h"
#include "lib/session/session.h"

namespace gs::streams {

enum class StepOutcome { ok, failed, timed_out, missing, interrupted };
std::string_view outcome_name(StepOutcome outcome);  // as the log and --json spell it: "timed_out"

struct StepResult {
  std::string name;
  StepOutcome outcome = StepOutcome::ok;
  process::Ending ending;     // of what ran
  std::filesystem::path log;  // all that it printed
  std::string why;            // missing: what could not be run

  std::string text() const;  // "ok", "FAILED (exit 1)", "timed out after 30 min"
};

struct Validation {
  std::vector<StepResult> steps;     // those that were begun
  std::vector<std::string> not_run;  // after an interruption
  bool elsewhere = false;            // in a scratch worktree: the one here is not as the commit
  // What is wrong with the work weighs more than what is missing here: findings, then usage.
  core::ExitCode exit_code() const;
};

// How far it is, for whoever watches.
struct ValidationWatch {
  std::function<void(const core::ValidateStep&)> begins;
  std::function<void(const core::ValidateStep&, process::Milliseconds)> goes_on;
  std::function<void(const StepResult&)> ended;
};

// For a step without a timeout of its own.
inline constexpr core::Seconds kStepLimit{30 * 60};

// Where a step's output goes: reports/validate-NAME.log, with what is no plain letter in the name
// made '_' and a number where two would be the same. In the policy's order.
std::vector<std::filesystem::path> step_logs(const std::filesystem::path& reports,
                                             const std::vector<core::ValidateStep>& steps);

struct ValidationRequest {
  std::vector<std::string> names;  // of steps; none: all
  std::filesystem::path logs;      // the folder for them; empty: reports/
  // Where; none: this worktree, whose HEAD is what is validated.
  std::optional<std::filesystem::path> worktree = {};
  std::optional<core::ObjectId> commit = {};
};

// What an `elsewhere` says to people.
inline constexpr char kElsewhere[] =
    "the commit was validated in a scratch worktree: the worktree here is not as it";

// Runs the steps (steps.h) one after the other, whatever becomes of the first; logs `validated`
// once. What is judged is the commit: where files in the worktree are not as it has them, it is
// checked out into a scratch worktree below the common git directory, without what git ignores.
// Throws core::Error (usage) outside a worktree and for a step that the policy has not.
Validation validate(session::Session& session, const ValidationRequest& request,
                    const ValidationWatch& watch);

// Set for the steps: what they do with git is not validated in turn.
inline constexpr char kValidating[] = "GIT_STREAM_VALIDATING";

}  // namespace gs::streams
