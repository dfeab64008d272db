// git stream doctor: is everything in place?

#include "lib/install/doctor.h"

#include <cstdio>
#include <fmt/core.h>

#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/prove.h"

namespace gs::command {

namespace {

using install::Diagnosis;
using core::ExitCode;

const char* word(Diagnosis::Level level) {
  switch (level) {
    case Diagnosis::Level::ok:
      return "ok";
    case Diagnosis::Level::warning:
      return "warning";
    case Diagnosis::Level::failure:
      return "FAILED";
  }
  return "";
}

void print_text(const std::vector<Diagnosis>& found) {
  for (const Diagnosis& diagnosis : found) {
    std::printf("%s\n", fmt::format("{:<8} {:<10} {}", word(diagnosis.level), diagnosis.subject,
                                    diagnosis.message)
                            .c_str());
    if (!diagnosis.next.empty())
      std::printf("                      next: %s\n", diagnosis.next.c_str());
  }
}

void print_json(const std::vector<Diagnosis>& found) {
  core::JsonWriter json = Context::begin_json();
  json.key("checks").begin_array();
  for (const Diagnosis& diagnosis : found) {
    json.begin_object().member(
        "level", diagnosis.level == Diagnosis::Level::failure ? "failed" : word(diagnosis.level));
    json.member("subject", diagnosis.subject)
        .member("message", diagnosis.message)
        .member("next", diagnosis.next);
    json.end_object();
  }
  json.end_array();
  Context::print_json(json);
}

ExitCode doctor(Context& context) {
  const auto found = install::examine(context.any_repository());
  if (context.json) {
    print_json(found);
  } else {
    print_text(found);
  }
  for (const Diagnosis& diagnosis : found) {
    if (diagnosis.level == Diagnosis::Level::failure) return ExitCode::findings;
  }
  return ExitCode::clean;
}

}  // namespace

Action declare_doctor(CommandLine& app) {
  struct Options {
    bool proving = false;
    std::string only;
  };
  auto options = std::make_shared<Options>();
  Option proving =
      app.flag("--prove", options->proving, "try every way around the gates in a scratch clone");
  app.option("--way", options->only, "with --prove: only ways whose name has this in it")
      .needs(proving);
  return [options](Context& context) {
    return options->proving ? prove(options->only, context) : doctor(context);
  };
}

}  // namespace gs::command
