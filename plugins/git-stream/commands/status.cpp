// git stream status: streams, worktrees, identities, gates and locks on one screen.

#include <cstdio>
#include <unistd.h>

#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/status_report.h"
#include "plugins/git-stream/commands/status_watch.h"

namespace gs::command {

namespace {

void print_text(const StatusReport& report) {
  const std::size_t columns = terminal_size(STDOUT_FILENO).columns;
  const bool colour = wants_colour(STDOUT_FILENO);
  std::string text;
  for (const Line& line : status_lines(report, columns))
    text += render(line, columns, colour) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// The rest was shown: what is damaged is an error all the same.
core::ExitCode complain(const StatusReport& report) {
  if (report.overview.damage.empty()) return core::ExitCode::clean;
  std::fflush(stdout);
  for (const streams::Damage& damage : report.overview.damage) {
    std::fprintf(stderr, "git-stream: %s\n", damage.what.c_str());
    if (!damage.next.empty()) std::fprintf(stderr, "  next: %s\n", damage.next.c_str());
  }
  return core::ExitCode::broken;
}

struct StatusOptions {
  Option watch;
  double seconds = 2;
};

core::ExitCode status(const StatusOptions& options, Context& context) {
  constexpr double kLeast = 0.1, kMost = 3600, kMilliseconds = 1000;
  if (options.watch.given()) {
    if (context.json)
      throw core::Error(core::ExitCode::usage, "--watch is for people, --json for programs");
    if (!(options.seconds >= kLeast && options.seconds <= kMost))
      throw core::Error(core::ExitCode::usage, "--watch takes 0.1 to 3600 seconds");
    const auto longest = static_cast<int>(options.seconds * kMilliseconds);
    return watch_status(context, std::chrono::milliseconds(longest));
  }
  session::Session& session = context.session();
  const StatusReport report = status_report(session);
  if (context.json) {
    core::JsonWriter json = Context::begin_json();
    write_status(json, session, report);
    Context::print_json(json);
  } else {
    print_text(report);
  }
  return complain(report);
}

}  // namespace

Action declare_status(CommandLine& app) {
  auto options = std::make_shared<StatusOptions>();
  options->watch = app.option("--watch", options->seconds,
                              "stay, and redraw when something changes; at the latest every "
                              "SECONDS (2)")
                       .takes(0, 1)
                       .defaults_to("2");
  return [options](Context& context) { return status(*options, context); };
}

}  // namespace gs::command
