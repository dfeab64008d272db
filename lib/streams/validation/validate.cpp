#include "lib/streams/validation/validate.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/core.h>
#include <set>

#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/git/objects/scratch.h"
#include "lib/install/installation.h"
#include "lib/process/signals.h"
#include "lib/session/identity.h"
#include "lib/streams/validation/steps.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using core::ValidateStep;

constexpr std::array<std::pair<StepOutcome, std::string_view>, 5> kOutcomes{{
    {StepOutcome::ok, "ok"},
    {StepOutcome::failed, "failed"},
    {StepOutcome::timed_out, "timed_out"},
    {StepOutcome::missing, "missing"},
    {StepOutcome::interrupted, "interrupted"},
}};

std::string safe_name(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  std::string safe;
  for (const char c : name.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    safe += plain ? c : '_';
  }
  return safe;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::set<std::string> wanted_steps(const std::vector<ValidateStep>& steps,
                                   const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const ValidateStep& step : steps) known.push_back(step.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = core::nearest_word(name, known);
    throw Error(ExitCode::usage, "no validate step '" + core::printable(name) + "' in the policy",
                nearest ? "did you mean '" + *nearest + "'?" : "");
  }
  return names.empty() ? std::set(known.begin(), known.end())
                       : std::set(names.begin(), names.end());
}

// Steps may say `git stream`, wherever that was installed: what is on PATH already comes first.
std::string path_with_our_command() {
  const char* path = std::getenv("PATH");
  const std::string bin = install::own_program().parent_path().string();
  return path != nullptr && *path != '\0' ? fmt::format("PATH={}:{}", path, bin) : "PATH=" + bin;
}

process::Command command_for(const ValidateStep& step, const fs::path& worktree) {
  process::Command command;
  command.argv = step.run;
  command.directory = worktree.string();
  command.unset = process::local_git_variables();
  command.unset.emplace_back(session::kBypassVariable);
  command.set = {std::string(kValidating) + "=1", path_with_our_command()};
  return command;
}

StepResult run_step(const ValidateStep& step, const fs::path& worktree, const fs::path& log,
                    const ValidationWatch& watch) {
  StepResult result{step.name, StepOutcome::ok, {}, log, {}};
  process::Watch how;
  how.log = log;
  how.fresh = true;
  how.limit = step.timeout.value_or(kStepLimit);
  how.tick = [&](process::Milliseconds elapsed) {
    if (watch.goes_on) watch.goes_on(step, elapsed);
  };
  try {
    result.ending = process::run_watched(command_for(step, worktree), how);
  } catch (const process::MissingProgram& missing) {
    result.outcome = StepOutcome::missing;
    result.why = missing.what();
    return result;
  }
  if (result.ending.interrupted) {
    result.outcome = StepOutcome::interrupted;
  } else if (result.ending.timed_out) {
    result.outcome = StepOutcome::timed_out;
  } else if (!result.ending.succeeded()) {
    result.outcome = StepOutcome::failed;
  }
  return result;
}

void log_validation(session::Session& session, const Validation& validation,
                    const std::optional<core::ObjectId>& commit) {
  core::JsonWriter steps;
  steps.begin_array();
  for (const StepResult& step : validation.steps) {
    steps.begin_object().member("name", step.name).member("outcome", outcome_name(step.outcome));
    if (step.ending.exit_code) steps.member("exit_code", *step.ending.exit_code);
    if (step.ending.signal) steps.member("signal", *step.ending.signal);
    steps.member("duration", step.ending.duration.count() / 1000).end_object();
  }
  steps.end_array();
  std::vector<std::pair<std::string, std::string>> fields;
  if (commit) fields.emplace_back("commit", state::json_text(commit->hex()));
  const bool passed = validation.exit_code() == ExitCode::clean;
  fields.emplace_back("passed", passed ? "true" : "false");
  fields.emplace_back("steps", steps.take());
  session.log("validated", std::move(fields));
}

// Whether the steps would see something else than the commit: untracked Python counts, as it is
// imported and checked with the rest.
bool differs(const git::Repository& repository, const fs::path& top, const core::ObjectId& commit) {
  const auto worktree = worktree_at(repository, top);
  if (!worktree) return false;
  if (!git_output_in(top, {"rev-parse", "HEAD"}).starts_with(commit.hex())) return true;
  if (!uncommitted(*worktree, Untracked::pass_over).empty()) return true;
  return std::ranges::any_of(untracked_files(*worktree), [](const std::string& path) {
    return path.ends_with(".py") || path.ends_with(".pyi");
  });
}

// The commit, checked out by itself.
class ScratchWorktree {
 public:
  ScratchWorktree(const git::Layout& layout, const core::ObjectId& commit)
      : layout_(layout), scratch_(layout), path_(scratch_.path() / "validate") {
    git_output_in(working_folder(layout_), {"-c", "core.hooksPath=/dev/null", "worktree", "add",
                                            "-q", "--detach", "--", path_.string(), commit.hex()});
  }
  ~ScratchWorktree() {
    run_git_in(working_folder(layout_), {"worktree", "remove", "--force", "--", path_.string()});
  }
  ScratchWorktree(const ScratchWorktree&) = delete;
  ScratchWorktree& operator=(const ScratchWorktree&) = delete;

  const fs::path& path() const { return path_; }

 private:
  const git::Layout& layout_;
  git::ScratchFolder scratch_;
  fs::path path_;
};

}  // namespace

std::string_view outcome_name(StepOutcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)].second;
}

std::string StepResult::text() const {
  switch (outcome) {
    case StepOutcome::ok:
      return "ok";
    case StepOutcome::timed_out:
      return "timed out";
    case StepOutcome::missing:
      return "missing program";
    case StepOutcome::interrupted:
      return "interrupted";
    case StepOutcome::failed:
      break;
  }
  return ending.signal ? "FAILED (signal " + std::to_string(*ending.signal) + ")"
                       : "FAILED (exit " + std::to_string(ending.exit_code.value_or(0)) + ")";
}

ExitCode Validation::exit_code() const {
  const auto any = [&](std::initializer_list<StepOutcome> outcomes) {
    return std::any_of(steps.begin(), steps.end(), [&](const StepResult& step) {
      return std::find(outcomes.begin(), outcomes.end(), step.outcome) != outcomes.end();
    });
  };
  if (any({StepOutcome::interrupted})) return ExitCode::interrupted;
  if (any({StepOutcome::failed, StepOutcome::timed_out})) return ExitCode::findings;
  return any({StepOutcome::missing}) ? ExitCode::usage : ExitCode::clean;
}

std::vector<fs::path> step_logs(const fs::path& reports, const std::vector<ValidateStep>& steps) {
  std::vector<fs::path> logs;
  std::set<std::string> taken;  // in lower case: some file systems do not tell the two apart
  for (const ValidateStep& step : steps) {
    const std::string name = safe_name(step.name);
    std::string unique = name;
    for (int number = 2; !taken.insert(lower(unique)).second; ++number)
      unique = name + "-" + std::to_string(number);
    logs.push_back(reports / ("validate-" + unique + ".log"));
  }
  return logs;
}

Validation validate(session::Session& session, const ValidationRequest& request,
                    const ValidationWatch& watch) {
  const std::vector<ValidateStep> steps = validation_steps(session);
  const std::set<std::string> wanted = wanted_steps(steps, request.names);
  const git::Repository& repository = session.repository();
  const auto& worktree = request.worktree ? request.worktree : repository.layout().worktree;
  if (!worktree)
    throw Error(ExitCode::usage, "there is no worktree here to validate", "run it in a worktree");
  Validation validation;
  if (wanted.empty()) return validation;
  session.identity();  // a wrong one is better told before the steps than after them
  session.state().create();
  const auto commit = request.commit ? request.commit : repository.head();
  const std::vector<fs::path> logs =
      step_logs(request.logs.empty() ? session.state().reports() : request.logs, steps);
  const process::SignalGuard signals;  // what was found is logged also when it is interrupted
  std::optional<ScratchWorktree> scratch;
  if (commit && differs(repository, *worktree, *commit))
    scratch.emplace(repository.layout(), *commit);
  validation.elsewhere = scratch.has_value();
  bool going_on = true;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!wanted.contains(steps[i].name)) continue;
    if (!going_on) {
      validation.not_run.push_back(steps[i].name);
      continue;
    }
    if (watch.begins) watch.begins(steps[i]);
    validation.steps.push_back(
        run_step(steps[i], scratch ? scratch->path() : *worktree, logs[i], watch));
    if (watch.ended) watch.ended(validation.steps.back());
    going_on = validation.steps.back().outcome != StepOutcome::interrupted;
  }
  log_validation(session, validation, commit);
  return validation;
}

}  // namespace gs::streams
