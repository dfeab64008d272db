#include "plugins/git-stream/commands/log_text.h"

#include <fmt/core.h>

#include "lib/core/text.h"
#include "lib/core/time.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"

namespace gs::command {

namespace {

// How a member is shown; one that is not here follows as name=value.
enum class Shown { first, after_colon, hash, until, flag, findings, steps, hidden };
struct LogRow {
  std::string_view name;
  Shown shown;
};
constexpr LogRow kRows[] = {
    {"file", Shown::first},         {"task", Shown::after_colon},
    {"reason", Shown::after_colon}, {"commit", Shown::hash},
    {"expires", Shown::until},      {"automatic", Shown::flag},
    {"findings", Shown::findings},  {"subject", Shown::after_colon},
    {"generation", Shown::hidden},  {"locks_renewed", Shown::hidden},
    {"count", Shown::hidden},       {"steps", Shown::steps},
    {"passed", Shown::hidden},
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
      return core::printable(plain.substr(0, 10));
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

}  // namespace gs::command
