// git stream log: the activity of every agent, in one place.

#include <cstdio>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/log_text.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;

struct Options {
  std::string agent, action, stream, since;
  std::size_t last = 0;
  bool follow = false;
};

core::Instant since(const std::string& text, core::Instant now) {
  if (const auto length = core::parse_duration(text)) return now - *length;
  if (const auto time = core::parse_time(text, &store::local_offset)) return *time;
  if (const auto day = core::parse_time(text + "T00:00:00", &store::local_offset)) return *day;
  throw Error(ExitCode::usage, "--since: '" + core::printable(text) + "' is no time",
              "write 30m, 2h, 2025-12-06 or 2025-12-06T10:00:00Z");
}

store::LogFilter filter_for(const Options& options, core::Instant now) {
  store::LogFilter filter;
  if (!options.agent.empty()) filter.agent = options.agent;
  if (!options.action.empty()) filter.action = options.action;
  if (!options.stream.empty()) filter.stream = options.stream;
  if (!options.since.empty()) filter.since = since(options.since, now);
  filter.last = options.last;
  return filter;
}

ExitCode log(const Options& options, Context& context) {
  app::Session& session = context.session();
  const auto file = session.state().activity();
  const store::LogFilter filter = filter_for(options, session.now());
  const store::LogRead read = store::read_log(file, filter);
  if (context.json && !options.follow) {
    core::JsonWriter json = Context::begin_json();
    json.key("lines").begin_array();
    for (const store::LogLine& line : read.lines) json.raw(line.text);
    json.end_array().member("torn", read.torn);
    Context::print_json(json);
  } else {
    for (const store::LogLine& line : read.lines) print_line(line, context.json);
  }
  if (read.torn > 0)
    std::fprintf(stderr, "git-stream: %zu torn lines skipped in %s\n", read.torn, file.c_str());
  if (!options.follow) return ExitCode::clean;
  std::fflush(stdout);
  store::follow_log(file, filter, read.end, [&](const store::LogLine& line) {
    print_line(line, context.json);
    return std::fflush(stdout) == 0;
  });
  return ExitCode::clean;
}

}  // namespace

Action declare_log(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--agent", options->agent, "only this agent's lines");
  app.add_option("--stream", options->stream, "only this stream's lines");
  app.add_option("--action", options->action, "only this action: committed, blocked, locked, …");
  app.add_option("--since", options->since, "only since 30m or 2h ago, or since a time");
  app.add_option("-n,--last", options->last, "only the last so many lines");
  app.add_flag("-f,--follow", options->follow, "go on with new lines as they are written");
  return [options](Context& context) { return log(*options, context); };
}

}  // namespace gs::command
