#include "plugins/git-stream/commands/log_options.h"

#include <cstdio>

#include "lib/core/text.h"
#include "lib/state/clock.h"

namespace gs::command {

using core::Error;
using core::ExitCode;

namespace {

core::Instant parse_since(const std::string& text, core::Instant now) {
  if (const auto length = core::parse_duration(text)) return now - *length;
  if (const auto time = core::parse_time(text, &state::local_offset)) return *time;
  if (const auto day = core::parse_time(text + "T00:00:00", &state::local_offset)) return *day;
  throw Error(ExitCode::usage, "--since: '" + core::printable(text) + "' is no time",
              "write 30m, 2h, 2025-12-06 or 2025-12-06T10:00:00Z");
}

}  // namespace

void LogOptions::declare(CommandLine& app) {
  app.option("--agent", agent, "only this agent's lines");
  app.option("--since", since, "only since 30m or 2h ago, or since a time");
  app.option("-n,--last", last, "only the last so many lines");
  app.flag("-f,--follow", follow, "go on with new lines as they are written");
}

state::LogFilter LogOptions::filter(core::Instant now) const {
  state::LogFilter filter;
  if (!agent.empty()) filter.agent = agent;
  if (!since.empty()) filter.since = parse_since(since, now);
  filter.last = last;
  return filter;
}

ExitCode show_log(Context& context, const std::filesystem::path& file,
                  const state::LogFilter& filter, bool follow, LineText text) {
  const auto print = [&](const state::LogLine& line) {
    std::printf("%s\n", context.json ? line.text.c_str() : text(line).c_str());
  };
  const state::LogRead read = state::read_log(file, filter);
  if (context.json && !follow) {
    core::JsonWriter json = Context::begin_json();
    json.key("lines").begin_array();
    for (const state::LogLine& line : read.lines) json.raw(line.text);
    json.end_array().member("torn", read.torn);
    Context::print_json(json);
  } else {
    for (const state::LogLine& line : read.lines) print(line);
  }
  if (read.torn > 0)
    std::fprintf(stderr, "git-stream: %zu torn lines skipped in %s\n", read.torn, file.c_str());
  if (!follow) return ExitCode::clean;
  std::fflush(stdout);
  state::follow_log(file, filter, read.end, [&](const state::LogLine& line) {
    print(line);
    return std::fflush(stdout) == 0;
  });
  return ExitCode::clean;
}

}  // namespace gs::command
