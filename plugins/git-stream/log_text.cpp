#include "plugins/git-stream/log_text.h"

#include <cstdio>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/core/time.h"
#include "lib/store/clock.h"
#include "lib/store/json_value.h"

namespace gs::command {

namespace {

// What a person reads first stands bare and in this order; everything else follows as name=value.
constexpr std::string_view kBare[] = {"file", "task", "reason", "commit"};

std::string shown(std::string_view name, std::string_view json) {
  std::string text = core::printable(store::plain_value(json));
  if (name == "commit") text = text.substr(0, 10);
  if (name == "file") text = core::quote_path(core::path_from_json(store::plain_value(json)));
  return text;
}

bool is_bare(std::string_view name) {
  for (const std::string_view bare : kBare) {
    if (name == bare) return true;
  }
  return false;
}

void add(std::string& text, const std::string& more) {
  if (!text.empty()) text += ' ';
  text += more;
}

}  // namespace

std::string line_text(const store::LogLine& line) {
  const store::Activity& activity = line.activity;
  const core::Instant local = activity.time + store::local_offset(activity.time);
  std::string when = core::format_utc(local);  // 2025-12-06T11:00:00Z, in local time
  when = when.substr(0, 10) + " " + when.substr(11, 8);
  std::string details;
  for (const std::string_view bare : kBare) {
    for (const auto& [name, json] : activity.fields) {
      if (name == bare) add(details, shown(name, json));
    }
  }
  for (const auto& [name, json] : activity.fields) {
    if (name == "findings") {
      for (auto& finding : store::plain_objects(json)) {
        add(details, core::quote_path(core::path_from_json(finding["file"])) + ": " +
                         core::printable(finding["rule"]) + ": " +
                         core::printable(finding["message"]) + ";");
      }
    } else if (!is_bare(name) && name != "generation" && name != "count") {
      add(details, core::printable(name) + "=" + shown(name, json));
    }
  }
  if (details.ends_with(';')) details.pop_back();
  return fmt::format("{}  {:<10}  {:<9}  {}", when, core::printable(activity.agent),
                     core::printable(activity.action), details);
}

void print_line(const store::LogLine& line, bool as_json) {
  std::printf("%s\n", as_json ? line.text.c_str() : line_text(line).c_str());
}

}  // namespace gs::command
