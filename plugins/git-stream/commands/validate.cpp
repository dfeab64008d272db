// git stream validate: the policy's checks of the work as it stands in this worktree.

#include "lib/streams/validation/validate.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>

#include "lib/core/text.h"
#include "lib/streams/merge_report.h"
#include "lib/streams/report_store.h"
#include "lib/streams/step_progress.h"
#include "lib/streams/validation/steps.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using core::ExitCode;
using process::Milliseconds;
using streams::StepResult;
using streams::Validation;

struct ValidateOptions {
  std::vector<std::string> steps;
};

void print_step(const StepResult& step) {
  if (!step.why.empty()) {
    std::printf("%s: missing program: %s\n", core::printable(step.name).c_str(),
                core::printable(step.why).c_str());
  } else {
    std::printf("%s: %s, %.1f s, %s\n", core::printable(step.name).c_str(), step.text().c_str(),
                static_cast<double>(step.ending.duration.count()) / 1000,
                from_here(step.log).c_str());
  }
  std::fflush(stdout);
}

void print_json(const Validation& validation) {
  core::JsonWriter json = Context::begin_json();
  json.member("passed", validation.exit_code() == ExitCode::clean).key("steps").begin_array();
  for (const StepResult& step : validation.steps) {
    json.begin_object().member("name", step.name);
    json.member("outcome", streams::outcome_name(step.outcome));
    if (step.ending.exit_code) json.member("exit_code", *step.ending.exit_code);
    if (step.ending.signal) json.member("signal", *step.ending.signal);
    if (!step.why.empty()) json.member("why", step.why);
    json.member("duration_ms", step.ending.duration.count());
    json.member("log", core::json_path(step.log.native())).end_object();
  }
  json.end_array().key("not_run").begin_array();
  for (const std::string& name : validation.not_run) json.value(name);
  json.end_array();
  Context::print_json(json);
}

// As after a merge, for what is checked out here.
void write_report(session::Session& session, const Validation& validation) {
  const auto head = session.repository().head();
  if (!head) return;
  const auto branch = session.repository().current_branch();
  streams::MergeReportRequest request{
      *head, {}, branch ? branch->str() : "HEAD", "git stream validate"};
  request.steps = streams::step_runs(session, validation);
  if (validation.elsewhere) request.steps_note = streams::kElsewhere;
  const auto folder = streams::new_report_folder(session.state(), session.now(), *head);
  streams::write_report(session.state(), folder, streams::gather_merge_report(session, request));
}

ExitCode validate(const ValidateOptions& options, Context& context) {
  streams::StepProgress progress;
  streams::ValidationWatch watch;
  watch.goes_on = [&](const core::ValidateStep& step, Milliseconds elapsed) {
    progress.draw(step.name, elapsed);
  };
  watch.ended = [&](const StepResult& step) {
    progress.wipe();
    if (!context.json) print_step(step);
  };
  session::Session& session = context.session();
  const Validation validation = streams::validate(session, {options.steps, {}}, watch);
  if (!validation.steps.empty()) write_report(session, validation);
  if (context.json) {
    print_json(validation);
  } else if (validation.steps.empty()) {
    std::printf("the policy has no validate steps\n");
  }
  if (validation.elsewhere) std::fprintf(stderr, "git-stream: %s\n", streams::kElsewhere);
  if (!validation.not_run.empty())
    std::fprintf(stderr, "git-stream: interrupted: %s not run\n",
                 core::counted(validation.not_run.size(), "step").c_str());
  return validation.exit_code();
}

}  // namespace

Action declare_validate(CommandLine& app) {
  auto options = std::make_shared<ValidateOptions>();
  app.option("--step", options->steps, "only this step of the policy; may be repeated")
      .takes(1, 1)
      .repeatable()
      .called("STEP");
  return [options](Context& context) { return validate(*options, context); };
}

}  // namespace gs::command
