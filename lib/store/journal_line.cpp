#include "lib/store/journal_line.h"

#include <algorithm>

#include "lib/core/ids.h"
#include "lib/store/clock.h"
#include "lib/store/json_tree.h"
#include "lib/store/json_value.h"

namespace gs::store {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

std::optional<LogLine> parse_log_line(std::string_view text) {
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  try {
    const Json tree = parse_json(text, DuplicateKeys::keep);
    const Json* timestamp = find_member(tree, "timestamp");
    if (timestamp == nullptr || !timestamp->is_string()) return std::nullopt;
    const auto time = core::parse_time(timestamp->get_ref<const std::string&>(), local_offset);
    if (!time) return std::nullopt;
    LogLine line;
    line.text = text;
    line.activity.time = *time;
    for (const auto& [key, value] : tree.get_ref<const Json::object_t&>()) {
      std::string* const known = key == "agent"    ? &line.activity.agent
                                 : key == "stream" ? &line.activity.stream
                                 : key == "action" ? &line.activity.action
                                                   : nullptr;
      if (known != nullptr && value.is_string()) {
        *known = value.get<std::string>();
      } else if (key != "timestamp") {
        line.activity.fields.emplace_back(key, value.dump());
      }
    }
    return line;
  } catch (const Damaged&) {
    return std::nullopt;
  }
}

std::string log_field(const Activity& activity, std::string_view name) {
  for (const auto& [field, json] : activity.fields) {
    if (field == name) return plain_value(json);
  }
  return {};
}

namespace {

bool is_among(const std::string& word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool log_line_matches(const LogLine& line, const LogFilter& filter) {
  const Activity& activity = line.activity;
  return (!filter.agent || core::same_holder(*filter.agent, activity.agent)) &&
         (!filter.action || *filter.action == activity.action) &&
         (!filter.stream || *filter.stream == activity.stream) &&
         (!filter.since || activity.time >= *filter.since) &&
         (filter.severities.empty() ||
          is_among(log_field(activity, "severity"), filter.severities));
}

}  // namespace gs::store
