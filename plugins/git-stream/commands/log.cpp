#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/core.h>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "lib/coordination/host_log.h"
#include "lib/coordination/memory_file.h"
#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/core/text.h"
#include "lib/core/time.h"
#include "lib/session/shared_logs.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/log_actions.h"

namespace gs::command {

// What the commands that show a log have in common.
struct LogOptions {
  std::string agent, since, host;
  std::size_t last = 0;
  bool follow = false;

  // --agent, --host, --since, --last and --follow.
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

// "llm/news.py:3 imports from llm/sentiment.py - …"
std::string warning_details(const state::Activity& activity) {
  std::string text = core::printable(state::log_field(activity, "warning"));
  std::string path = path_text(state::log_field(activity, "path"));
  if (path.empty()) return text;
  // Most warnings begin with the path; then the line goes there.
  if (text.starts_with(path + " ")) {
    text.erase(0, path.size());
  } else {
    text.insert(0, ": ");
  }
  const std::string number = state::log_field(activity, "line");
  if (!number.empty() && number != "0") path += ":" + core::printable(number);
  return path + text;
}

// Of a line that was fetched: " (on build-7-0123456789ab)".
std::string host_text(const state::Activity& activity) {
  const std::string host = coordination::host_of(activity);
  return host.empty() ? host : " (on " + core::printable(host) + ")";
}

// What else a line has.
std::string details_text(const state::Activity& activity) {
  std::string details, said;  // what somebody said of it comes last: ": Consolidate sentiment"
  for (const auto& [name, json] : activity.fields) {
    if (name == coordination::kHostField || (name == "context" && activity.action == "handoff"))
      continue;
    const std::string part = shown(row_of(name), name, json);
    const bool last = part.starts_with(':');
    if (!part.empty() && !details.empty() && !last) details += ' ';
    (last ? said : details) += part;
  }
  return details + said;
}

}  // namespace

// One line of a log, for people.
// "2025-12-06 11:00:00  agent-F1   locked     llm/sentiment.py: Consolidate sentiment until 12:00"
std::string line_text(const state::LogLine& line) {
  const state::Activity& activity = line.activity;
  const std::string details =
      activity.action == "warned" ? warning_details(activity) : details_text(activity);
  return fmt::format("{}  {:<10} {:<9}  {}{}", when(activity), core::printable(activity.agent),
                     core::printable(activity.action), details, host_text(activity));
}

// "2025-12-06 11:00:00  agent-F2   medium     llm/news.py:3 imports from llm/sentiment.py - …"
std::string warning_text(const state::LogLine& line) {
  const state::Activity& activity = line.activity;
  return fmt::format("{}  {:<10} {:<9}  {}{}", when(activity), core::printable(activity.agent),
                     core::printable(state::log_field(activity, "severity")),
                     warning_details(activity), host_text(activity));
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
  app.option("--host", host, "only this host's lines, where clones share their logs")
      .called("HOST");
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

struct MergedRead : state::LogRead {
  std::uint64_t fetched_end = 0;  // as `end`, of what was fetched
};

// A log of this host, and what was fetched of the others' where clones share them.
struct LogPlaces {
  std::filesystem::path own;
  std::filesystem::path fetched;  // empty: nothing is shared
  state::LogFilter filter, fetched_filter;
  std::string host = {};  // of which lines are shown; empty: of all
  bool shows_own = true;

  bool shows(const state::LogLine& line) const {
    return host.empty() || coordination::means_host(host, coordination::host_of(line.activity));
  }
  MergedRead read() const;
};

MergedRead LogPlaces::read() const {
  MergedRead found{state::read_log(own, filter)};
  if (!shows_own) found.lines.clear();
  if (fetched.empty()) return found;
  state::LogRead others = state::read_log(fetched, fetched_filter);
  found.fetched_end = others.end;
  std::erase_if(others.lines, [&](const state::LogLine& line) { return !shows(line); });
  found.lines = coordination::in_one_order(found.lines, others.lines);
  if (filter.last > 0 && found.lines.size() > filter.last)
    found.lines.erase(found.lines.begin(),
                      found.lines.end() - static_cast<std::ptrdiff_t>(filter.last));
  return found;
}

namespace {

std::string own_host(session::Session& session) {
  const auto memory = coordination::MemoryFile(session::host_log(session).folder()).peek();
  return memory ? memory->host.self.str() : "";
}

}  // namespace

// Throws core::Error (usage) for a --host where there are no others, or that none of them is.
LogPlaces places_of(session::Session& session, const std::filesystem::path& own,
                    const state::LogFilter& filter, const std::string& host) {
  LogPlaces places{own, {}, filter, filter};
  if (!session::shares_logs(session.policy())) {
    if (host.empty()) return places;
    throw Error(ExitCode::usage, "--host: clones share no logs here",
                "see coordination in git-stream-policy(5)");
  }
  const coordination::HostLog log = session::host_log(session);
  places.fetched = log.lines();
  if (host.empty()) return places;
  places.host = host;
  places.fetched_filter.last = 0;  // of this host
  places.shows_own = coordination::means_host(host, own_host(session));
  const auto known = log.state().position;
  const bool found = std::ranges::any_of(
      known, [&](const auto& one) { return coordination::means_host(host, one.first.str()); });
  if (!found && !places.shows_own)
    throw Error(ExitCode::usage, "--host: no lines of '" + core::printable(host) + "' are known",
                "git stream sync");
  return places;
}

namespace {

// Goes on with both until one of them cannot be printed.
void follow(const LogPlaces& places, std::uint64_t end, std::uint64_t fetched_end,
            const std::function<bool(const state::LogLine&)>& print) {
  const auto mutex = std::make_shared<std::mutex>();
  const auto one_by_one = [mutex, print](const state::LogLine& line) {
    const std::scoped_lock lock(*mutex);
    return print(line);
  };
  if (places.fetched.empty()) return state::follow_log(places.own, places.filter, end, print);
  const auto follow_fetched = [places, fetched_end, one_by_one] {
    state::follow_log(
        places.fetched, places.fetched_filter, fetched_end,
        [&](const state::LogLine& line) { return !places.shows(line) || one_by_one(line); });
  };
  if (!places.shows_own) return follow_fetched();
  std::thread(follow_fetched).detach();  // it ends with this process
  state::follow_log(places.own, places.filter, end, one_by_one);
}

}  // namespace

// Prints the lines that match, as `text` puts them or as the JSON they are, then follows the log if
// that was asked for. `if_none` is called first where none matches.
ExitCode show_log(Context& context, const LogPlaces& places, bool follows, LineText text,
                  const std::function<void()>& if_none = {}) {
  const bool as_json = context.json;
  const auto print = [as_json, text](const state::LogLine& line) {
    std::printf("%s\n", as_json ? line.text.c_str() : text(line).c_str());
  };
  const MergedRead read = places.read();
  if (read.lines.empty() && if_none) if_none();
  if (context.json && !follows) {
    core::JsonWriter json = Context::begin_json();
    json.key("lines").begin_array();
    for (const state::LogLine& line : read.lines) json.raw(line.text);
    json.end_array().member("torn", read.torn);
    Context::print_json(json);
  } else {
    for (const state::LogLine& line : read.lines) print(line);
  }
  if (read.torn > 0)
    std::fprintf(stderr, "git-stream: %zu torn lines skipped in %s\n", read.torn,
                 places.own.c_str());
  if (!follows) return ExitCode::clean;
  std::fflush(stdout);
  follow(places, read.end, read.fetched_end, [print](const state::LogLine& line) {
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
void check_words(const LogCommandOptions& options, session::Session& session, LogPlaces places) {
  places.filter = places.fetched_filter = {};
  const state::LogRead log = places.read();
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
  const LogPlaces places = places_of(session, session.state().activity(), filter, options.host);
  return show_log(context, places, options.follow, line_text,
                  [&] { check_words(options, session, places); });
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
  LogPlaces places = places_of(session, session.state().warnings(), filter, options.host);
  places.fetched_filter.action = "warned";  // warnings travel as lines of the other log
  return show_log(context, places, options.follow, warning_text, [&] {
    if (options.agent.empty()) return;
    require_known_name(session, session::NameKind::agent, options.agent,
                       state::read_log(places.own, {}), &state::Activity::agent);
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
