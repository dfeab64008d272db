#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/core.h>
#include <functional>
#include <string>

#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/core/text.h"
#include "lib/core/time.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/log_actions.h"

namespace gs::command {

// What the commands that show a log have in common.
struct LogOptions {
  std::string agent, since;
  std::size_t last = 0;
  bool follow = false;

  // --agent, --since, --last and --follow.
  void declare(CommandLine& app);
  // Throws core::Error (usage) for a --since that is no time.
  state::LogFilter filter(core::Instant now) const;
};

using LineText = std::string (*)(const state::LogLine& line);

namespace {

// How a member is shown; one that is not here follows as name=value.
enum class Shown { first, after_colon, hash, until, flag, findings, steps, hidden };
struct LogRow {
  std::string_view name;
  Shown shown;
};
constexpr LogRow kRows[] = {
    {"file", Shown::first},           {"task", Shown::after_colon},
    {"text", Shown::after_colon},     {"reason", Shown::after_colon},
    {"commit", Shown::hash},          {"expires", Shown::until},
    {"automatic", Shown::flag},       {"findings", Shown::findings},
    {"subject", Shown::after_colon},  {"generation", Shown::hidden},
    {"locks_renewed", Shown::hidden}, {"count", Shown::hidden},
    {"steps", Shown::steps},          {"passed", Shown::hidden},
};

std::string local_time(core::Instant time, std::size_t from, std::size_t length) {
  return core::format_utc(time + state::offset_at(time)).substr(from, length);
}

std::string when(const state::Activity& activity) {
  return local_time(activity.time, 0, 10) + " " + local_time(activity.time, 11, 8);
}

std::string path_text(const std::string& plain) {
  return core::quote_path(core::path_from_json(plain));
}

std::string findings_text(std::string_view json) {
  std::string text;
  for (auto& finding : state::plain_objects(json)) {
    text += (text.empty() ? "" : "; ") + path_text(finding["file"]) + ": " +
            core::printable(finding["rule"]);
  }
  return text;
}

std::string steps_text(std::string_view json) {
  std::string text;
  for (auto& step : state::plain_objects(json)) {
    text += (text.empty() ? "" : ", ") + core::printable(step["name"]) + " " +
            core::printable(step["outcome"]);
  }
  return text;
}

std::string until_text(const std::string& plain) {
  const auto time = core::parse_time(plain, &state::local_offset);
  return time ? "until " + local_time(*time, 11, 5) : core::printable(plain);
}

std::string shown(const LogRow* row, const std::string& name, std::string_view json) {
  const std::string plain = state::plain_value(json);
  if (row == nullptr) return core::printable(name) + "=" + core::printable(plain);
  switch (row->shown) {
    case Shown::first:
      return path_text(plain);
    case Shown::after_colon:
      return ": " + core::printable(plain);
    case Shown::hash:
      return core::printable(core::short_id(plain));
    case Shown::until:
      return until_text(plain);
    case Shown::flag:
      return "(" + std::string(row->name) + ")";
    case Shown::findings:
      return findings_text(json);
    case Shown::steps:
      return steps_text(json);
    case Shown::hidden:
      break;
  }
  return {};
}

const LogRow* row_of(std::string_view name) {
  for (const LogRow& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

// One line of a log, for people.
// "2025-12-06 11:00:00  agent-F1   locked     llm/sentiment.py: Consolidate sentiment until 12:00"
std::string line_text(const state::LogLine& line) {
  const state::Activity& activity = line.activity;
  std::string details, said;  // what somebody said of it comes last: ": Consolidate sentiment"
  for (const auto& [name, json] : activity.fields) {
    const std::string part = shown(row_of(name), name, json);
    const bool last = part.starts_with(':');
    if (!part.empty() && !details.empty() && !last) details += ' ';
    (last ? said : details) += part;
  }
  details += said;
  return fmt::format("{}  {:<10} {:<9}  {}", when(activity), core::printable(activity.agent),
                     core::printable(activity.action), details);
}

// "2025-12-06 11:00:00  agent-F2   medium     llm/news.py:3 imports from llm/sentiment.py - …"
std::string warning_text(const state::LogLine& line) {
  const state::Activity& activity = line.activity;
  std::string text = core::printable(state::log_field(activity, "warning"));
  std::string path = path_text(state::log_field(activity, "path"));
  if (!path.empty()) {
    // Most warnings begin with the path; then the line goes there.
    if (text.starts_with(path + " ")) {
      text.erase(0, path.size());
    } else {
      text.insert(0, ": ");
    }
    const std::string number = state::log_field(activity, "line");
    if (!number.empty() && number != "0") path += ":" + core::printable(number);
  }
  return fmt::format("{}  {:<10} {:<9}  {}{}", when(activity), core::printable(activity.agent),
                     core::printable(state::log_field(activity, "severity")), path, text);
}

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
  app.option("--agent", agent, "only this agent's lines").called("AGENT");
  app.option("--since", since, "only since 30m or 2h ago, or since a time").called("TIME");
  app.option("-n,--last", last, "only the last so many lines").called("N");
  app.flag("-f,--follow", follow, "go on with new lines as they are written");
}

state::LogFilter LogOptions::filter(core::Instant now) const {
  state::LogFilter filter;
  if (!agent.empty()) filter.agent = agent;
  if (!since.empty()) filter.since = parse_since(since, now);
  filter.last = last;
  return filter;
}

// Prints the lines that match, as `text` puts them or as the JSON they are, then follows the log if
// that was asked for. `if_none` is called first where none matches.
ExitCode show_log(Context& context, const std::filesystem::path& file,
                  const state::LogFilter& filter, bool follow, LineText text,
                  const std::function<void()>& if_none = {}) {
  const auto print = [&](const state::LogLine& line) {
    std::printf("%s\n", context.json ? line.text.c_str() : text(line).c_str());
  };
  const state::LogRead read = state::read_log(file, filter);
  if (read.lines.empty() && if_none) if_none();
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

// git stream log: the activity of every agent, in one place.

namespace {

struct LogCommandOptions : LogOptions {
  std::string action, stream;
};

using Member = std::string state::Activity::*;

bool in_log(const state::LogRead& log, Member member, const std::string& word) {
  return std::ranges::any_of(log.lines, [&](const state::LogLine& line) {
    return core::means_holder(word, line.activity.*member);
  });
}

// Throws core::Error (usage) for an agent or stream that neither the policy nor any line has.
void require_known_name(session::Session& session, session::NameKind kind, const std::string& name,
                        const state::LogRead& log, Member member) {
  const core::Policy& policy = session.policy();
  const bool known = kind == session::NameKind::agent
                         ? policy.stream_of_name(name) != nullptr || core::is_person(name)
                         : policy.find_stream(core::StreamId(name)) != nullptr;
  if (!name.empty() && !known && !in_log(log, member, name))
    session::fail_unknown(policy, kind, name);
}

void require_known_action(const std::string& word, const state::LogRead& log) {
  std::vector<std::string> known(kActions.begin(), kActions.end());
  for (const state::LogLine& line : log.lines) known.push_back(line.activity.action);
  if (word.empty() || std::ranges::find(known, word) != known.end()) return;
  const auto nearest = core::nearest_word(word, known);
  throw core::Error(core::ExitCode::usage,
                    "--action: the log knows no '" + core::printable(word) + "'",
                    nearest && !nearest->empty() ? "--action " + *nearest : "git stream log");
}

// A filter that nothing passes may have a word that does not exist.
void check_words(const LogCommandOptions& options, session::Session& session) {
  const state::LogRead log = state::read_log(session.state().activity(), {});
  require_known_action(options.action, log);
  require_known_name(session, session::NameKind::stream, options.stream, log,
                     &state::Activity::stream);
  require_known_name(session, session::NameKind::agent, options.agent, log,
                     &state::Activity::agent);
}

core::ExitCode log(const LogCommandOptions& options, Context& context) {
  session::Session& session = context.session();
  state::LogFilter filter = options.filter(session.now());
  if (!options.action.empty()) filter.action = options.action;
  if (!options.stream.empty()) filter.stream = options.stream;
  return show_log(context, session.state().activity(), filter, options.follow, line_text,
                  [&] { check_words(options, session); });
}

}  // namespace

Action declare_log(CommandLine& app) {
  auto options = std::make_shared<LogCommandOptions>();
  options->declare(app);
  app.option("--stream", options->stream, "only this stream's lines").called("STREAM");
  app.option("--action", options->action, "only this action: committed, blocked, locked, …")
      .called("ACTION");
  return [options](Context& context) { return log(*options, context); };
}

// git stream warnings: the imports that agents were warned of.

namespace {

using core::ConflictLevel;

struct WarningsOptions : LogOptions {
  std::string severity;
};

// The named level and all that are worse; none named: all lines, also those without any.
std::vector<std::string> from_level(const std::string& least) {
  std::vector<std::string> wanted, names;
  for (const auto level : {ConflictLevel::low, ConflictLevel::medium, ConflictLevel::high}) {
    names.emplace_back(core::conflict_level_name(level));
    if (names.back() == least || !wanted.empty()) wanted.push_back(names.back());
  }
  if (!least.empty() && wanted.empty()) {
    const auto nearest = core::nearest_word(least, names);
    throw core::Error(core::ExitCode::usage,
                      "--severity: '" + core::printable(least) + "' is no severity",
                      nearest ? "--severity " + *nearest : "write low, medium or high");
  }
  return wanted;
}

core::ExitCode warnings(const WarningsOptions& options, Context& context) {
  const std::vector<std::string> severities = from_level(options.severity);
  session::Session& session = context.session();
  state::LogFilter filter = options.filter(session.now());
  filter.severities = severities;
  const std::filesystem::path log = session.state().warnings();
  return show_log(context, log, filter, options.follow, warning_text, [&] {
    if (options.agent.empty()) return;
    require_known_name(session, session::NameKind::agent, options.agent, state::read_log(log, {}),
                       &state::Activity::agent);
  });
}

}  // namespace

Action declare_warnings(CommandLine& app) {
  auto options = std::make_shared<WarningsOptions>();
  options->declare(app);
  app.option("--severity", options->severity, "only this one and worse").called("low|medium|high");
  return [options](Context& context) { return warnings(*options, context); };
}

}  // namespace gs::command
