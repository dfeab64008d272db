#include "lib/streams/merge/after_merge.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <span>

#include "lib/conflicts/breakage/merged_tree.h"
#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/gates/commit_gate.h"
#include "lib/git/refs/history.h"
#include "lib/install/installation.h"
#include "lib/report/findings.h"
#include "lib/streams/merge_report.h"
#include "lib/streams/report_store.h"
#include "lib/streams/step_progress.h"
#include "lib/streams/validation/steps.h"
#include "lib/streams/validation/validate.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Finding;
using core::ObjectId;
using core::ValidateMode;
using report::MergeReport;
using report::StepRun;

constexpr char kBackground[] = "--background";
constexpr std::size_t kMostFindings = 20;

void print_findings(const std::vector<Finding>& findings, const std::string& branch) {
  if (findings.empty()) return;
  const auto violations = std::ranges::count(findings, core::Severity::block, &Finding::severity);
  const auto count = static_cast<std::size_t>(violations);
  std::string text = fmt::format(
      "git-stream: the merge into {} brings {}\n", core::printable(branch),
      count > 0 ? core::counted(count, "violation") : core::counted(findings.size(), "warning"));
  for (const Finding& finding : std::span(findings).first(std::min(kMostFindings, findings.size())))
    text += report::finding_text(finding);
  if (findings.size() > kMostFindings)
    text += fmt::format("  … and {} more\n", findings.size() - kMostFindings);
  std::fputs(text.c_str(), stderr);
}

std::string joined_steps(const MergeReport& report) {
  std::string text;
  std::int64_t all = 0;
  for (const StepRun& step : report.steps) {
    text +=
        (text.empty() ? "" : ", ") + core::printable(step.name) + " " + core::printable(step.text);
    all += step.milliseconds;
  }
  return text + " (" + report::duration_text(all) + ")";
}

void print_steps(const MergeReport& report) {
  if (report.steps.empty()) return;
  const std::string where =
      fmt::format("{} at {}", core::printable(report.branch), core::short_id(report.commit));
  const auto any = [&](std::string_view outcome) {
    return std::ranges::find(report.steps, outcome, &StepRun::outcome) != report.steps.end();
  };
  const bool failed = std::ranges::any_of(report.steps, &StepRun::failed);
  if (!failed && any("interrupted")) {
    std::fprintf(stderr,
                 "git-stream: the validation of %s was interrupted\n  next: git stream validate\n",
                 where.c_str());
    return;
  }
  if (!failed) {
    std::fprintf(stderr, "git-stream: %s %s: %s\n", where.c_str(),
                 report.sound()    ? "is sound"
                 : report.passes() ? "is not wholly validated"
                                   : "passes its steps",
                 joined_steps(report).c_str());
    return;
  }
  std::fprintf(
      stderr,
      "git-stream: %s does not pass its validation\n%s    next: git stream report --last --open\n",
      where.c_str(), step_lines(report).c_str());
}

// Why steps are not run here, in words; empty: they are.
std::string reason_not_run(const core::Policy& policy, const MovedBranch& moved,
                           const std::vector<core::ValidateStep>& steps) {
  if (policy.validate_mode == ValidateMode::off) return "validate.mode is off";
  if (steps.empty()) return "the policy has no validate steps";
  if (!moved.worktree) return moved.branch + " is checked out nowhere";
  return {};
}

struct Found {
  std::vector<Finding> findings;
  fs::path folder;  // of the report
};

AfterMerge validate_and_report(session::Session& session, const MovedBranch& moved, Found found,
                               std::string note) {
  MergeReportRequest request{moved.after,
                             moved.before,
                             moved.branch,
                             moved.occasion,
                             std::move(found.findings),
                             std::vector<StepRun>{},
                             {}};
  if (note.empty()) {
    StepProgress progress;
    ValidationWatch watch;
    watch.goes_on = [&](const core::ValidateStep& step, process::Milliseconds elapsed) {
      progress.draw(step.name, elapsed);
    };
    watch.ended = [&](const StepResult&) { progress.wipe(); };
    const Validation validation =
        validate(session, {{}, found.folder, moved.worktree, moved.after}, watch);
    request.steps = step_runs(session, validation);
    if (validation.elsewhere) note = std::string(kElsewhere);
  }
  request.steps_note = std::move(note);
  const MergeReport report = gather_merge_report(session, request);
  write_report(session.state(), found.folder, report);
  print_steps(report);
  return {report.passes(), found.folder};
}

void start_background(const MovedBranch& moved, const fs::path& folder) {
  process::Command command;
  command.argv = install::own_hook("post-merge");
  for (const std::string& word : {std::string(kBackground), moved.before.hex(), moved.after.hex(),
                                  moved.branch, moved.occasion, folder.string()})
    command.argv.push_back(word);
  command.directory = moved.worktree->string();
  command.unset = process::local_git_variables();
  process::Watch watch;
  watch.log = folder / "background.log";
  watch.session = true;
  process::run_detached(command, watch, [](const process::Ending&) {});
  std::fprintf(stderr,
               "git-stream: %s at %s is validated in the background\n"
               "  next: git stream report --last\n",
               core::printable(moved.branch).c_str(), core::short_id(moved.after).c_str());
}

AfterMerge follow_up(session::Session& session, const MovedBranch& moved,
                     std::vector<Finding> findings) {
  const auto steps = validation_steps(session);
  std::string note = reason_not_run(session.policy(), moved, steps);
  Found found{std::move(findings), new_report_folder(session.state(), session.now(), moved.after)};
  if (note.empty() && session.policy().validate_mode == ValidateMode::background) {
    start_background(moved, found.folder);
    return {true, found.folder};
  }
  return validate_and_report(session, moved, std::move(found), std::move(note));
}

// The rest of start_background: in a process of its own, which nobody watches.
int in_background(session::Session& session, const std::vector<std::string>& arguments) {
  const auto before = ObjectId::from_hex(arguments.at(1)),
             after = ObjectId::from_hex(arguments.at(2));
  if (!before || !after) return static_cast<int>(core::ExitCode::usage);
  const MovedBranch moved{*before, *after, arguments.at(3), arguments.at(4),
                          session.repository().layout().worktree};
  // What somebody else commits or pulls meanwhile is not what was merged.
  const bool moved_on = session.repository().head() != after;
  validate_and_report(session, moved,
                      {conflicts::judge_merged(session, *before, *after), arguments.at(5)},
                      moved_on ? moved.branch + " had moved on before its steps were run" : "");
  return 0;
}

// Where a merge began: git says so itself, but for one that a commit concluded, when much may have
// happened since.
std::optional<ObjectId> before_merge(const git::Repository& repository, const ObjectId& head,
                                     bool concluded) {
  const auto original = concluded ? std::nullopt : repository.resolve("ORIG_HEAD");
  if (original && *original != head && repository.is_ancestor(*original, head)) return original;
  const auto parents = git::commit(repository, head).parents;
  return parents.empty() ? std::nullopt : std::optional(parents.front());
}

std::string occasion_of(bool concluded) {
  const char* action = std::getenv("GIT_REFLOG_ACTION");
  if (concluded) return "git commit";
  return action != nullptr && std::string_view(action).starts_with("pull") ? "git pull"
                                                                           : "git merge";
}

void follow_up_git_merge(session::Session& session, bool concluded) {
  const git::Repository& repository = session.repository();
  const auto head = repository.head();
  const auto branch = repository.current_branch();
  if (!head || !branch || !session.pinned()) return;
  const auto before = before_merge(repository, *head, concluded);
  if (!before) return;
  std::vector<Finding> findings = conflicts::judge_merged(session, *before, *head);
  print_findings(findings, branch->str());
  if (*branch != session.policy().integration_branch) return;
  follow_up(session,
            {*before, *head, branch->str(), occasion_of(concluded), repository.layout().worktree},
            std::move(findings));
}

}  // namespace

std::string step_lines(const MergeReport& report) {
  std::string text;
  for (const StepRun& step : report.steps) {
    text += fmt::format("  {}: {}", core::printable(step.name), core::printable(step.text));
    if (step.milliseconds > 0) text += ", " + report::duration_text(step.milliseconds);
    if (step.failed() && !step.log.empty()) text += ", " + core::quote_path(step.log);
    text += '\n';
  }
  return text;
}

int after_git_merge(gates::HookRun& run) {
  constexpr std::size_t kBackgroundArguments = 6;
  const std::vector<std::string>& arguments = run.arguments();
  const std::string first = arguments.empty() ? "" : arguments.front();
  const bool ours = run.script().empty();
  if (ours && first == kBackground && arguments.size() == kBackgroundArguments)
    return in_background(run.session(), arguments);
  const bool concluded = ours && first == gates::kConcluded;
  // What the user's own hook mends, a tool's dependencies for example, the steps need.
  const int status = concluded ? 0 : run.chain();
  const bool squashed = first == "1";  // nothing was committed
  if (squashed || std::getenv(kValidating) != nullptr || std::getenv(kMerging) != nullptr)
    return status;
  follow_up_git_merge(run.session(), concluded);
  return status;
}

AfterMerge after_stream_merge(session::Session& session, const MovedBranch& moved) {
  if (std::getenv(kValidating) != nullptr) return {};
  return follow_up(session, moved, conflicts::judge_merged(session, moved.before, moved.after));
}

}  // namespace gs::streams
