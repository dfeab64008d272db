#include "plugins/git-stream/output/handoff_text.h"

#include <algorithm>

#include "lib/core/text.h"
#include "lib/state/clock.h"

namespace gs::command {

namespace {

// The stream where all its agents are meant, and they are several: "agent-E2, stream H".
std::string receivers(const core::Policy& policy, const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    const auto agent = core::AgentId::parse(name);
    const core::StreamSpec* stream = agent ? policy.stream_of(*agent) : nullptr;
    const bool all = stream != nullptr && stream->agents.size() > 1 &&
                     std::ranges::all_of(stream->agents, [&](const core::AgentSpec& one) {
                       return std::ranges::find(names, one.id.full()) != names.end();
                     });
    std::string text = all ? "stream " + stream->id.str() : name;
    if (std::ranges::find(shown, text) == shown.end()) shown.push_back(std::move(text));
  }
  return core::joined(shown, core::printable);
}

}  // namespace

std::string handoff_text(const core::Policy& policy, const state::Handoff& handoff,
                         const std::string& when, std::string_view indent) {
  std::string text = std::string(indent) + when + (when.empty() ? "" : "  ") + "handoff from " +
                     core::printable(handoff.from_agent);
  if (!handoff.host.empty()) text += " on " + core::printable(handoff.host);
  if (!handoff.to_agents.empty()) text += " to " + receivers(policy, handoff.to_agents);
  text += '\n';
  const auto lines = [&](const char* title, const std::vector<std::string>& items) {
    for (const std::string& item : items)
      text += std::string(indent) + "  " + title + ": " + core::printable(item) + '\n';
  };
  lines("done", handoff.completed_tasks);
  lines("new", handoff.new_interfaces);
  lines("breaking", handoff.breaking_changes);
  if (!handoff.test_status.empty()) lines("tests", {handoff.test_status});
  return text;
}

std::string request_text(const state::Request& request, core::Instant now) {
  std::string text = "request " + std::to_string(request.number) + " from " +
                     core::printable(request.from) + " to " + core::printable(request.to) + ", " +
                     core::format_local(request.asked, now, &state::offset_at) + ": " +
                     core::printable(request.text) + "\n";
  if (request.open()) return text;
  text += "  answered by " + core::printable(request.answered_by);
  return text + (request.answer.empty() ? "" : ": " + core::printable(request.answer)) + "\n";
}

void write_requests(core::JsonWriter& json, const std::vector<state::Request>& requests) {
  json.key("requests").begin_array();
  for (const state::Request& request : requests) {
    json.begin_object().member("request", request.number).member("from", request.from);
    json.member("to", request.to).member("timestamp", core::format_utc(request.asked));
    json.member("text", request.text).member("open", request.open());
    if (!request.open())
      json.member("answered_by", request.answered_by).member("answer", request.answer);
    json.end_object();
  }
  json.end_array();
}

void write_texts(core::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_handoff(core::JsonWriter& json, const state::Handoff& handoff) {
  json.begin_object().member("from_agent", handoff.from_agent);
  write_texts(json, "to_agents", handoff.to_agents);
  json.member("timestamp", core::format_utc(handoff.timestamp));
  write_texts(json, "completed_tasks", handoff.completed_tasks);
  json.key("context").begin_object();
  write_texts(json, "new_interfaces", handoff.new_interfaces);
  write_texts(json, "breaking_changes", handoff.breaking_changes);
  json.member("test_status", handoff.test_status).end_object();
  if (!handoff.commit.empty()) json.member("commit", handoff.commit);
  if (!handoff.host.empty()) json.member("host", handoff.host);
  json.end_object();
}

std::vector<std::string> words_of_list(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

}  // namespace gs::command
