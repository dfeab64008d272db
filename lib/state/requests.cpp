#include "lib/state/requests.h"

#include <algorithm>
#include <charconv>

namespace gs::state {

namespace {

namespace fs = std::filesystem;

constexpr char kAsked[] = "asked", kAnswered[] = "answered";
constexpr char kNumber[] = "request", kTo[] = "to", kText[] = "text";

std::size_t number_of(const Activity& activity) {
  const std::string text = log_field(activity, kNumber);
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Activity line_for(const Asking& who, const char* action, const Request& request,
                  const std::string& to, const std::string& text) {
  Activity line{who.time, who.agent, who.stream, action, {}};
  line.fields.emplace_back(kNumber, std::to_string(request.number));
  line.fields.emplace_back(kTo, json_text(to));
  if (!text.empty()) line.fields.emplace_back(kText, json_text(text));
  return line;
}

}  // namespace

std::vector<Request> read_requests(const fs::path& log) {
  std::vector<Request> requests;
  for (const LogLine& line : read_actions(log, kAsked)) {
    const Activity& asked = line.activity;
    requests.push_back({number_of(asked),
                        asked.agent,
                        log_field(asked, kTo),
                        log_field(asked, kText),
                        asked.time,
                        {},
                        {}});
  }
  if (requests.empty()) return requests;
  for (const LogLine& line : read_actions(log, kAnswered)) {
    const auto found = std::ranges::find(requests, number_of(line.activity), &Request::number);
    if (found == requests.end() || !found->open()) continue;
    found->answered_by = line.activity.agent;
    found->answer = log_field(line.activity, kText);
  }
  return requests;
}

bool is_for(const Request& request, const core::Identity& who, const core::Policy& policy) {
  if (!who.stream) return who.agent && core::same_holder(request.to, who.agent->full());
  if (request.to == "stream-" + who.stream->str()) return true;
  if (who.agent) return core::same_holder(request.to, who.agent->full());
  const core::StreamSpec* stream = policy.stream_of_name(request.to);
  return stream != nullptr && stream->id == who.stream;
}

Request ask(const fs::path& log, const Asking& asking, const std::string& to,
            const std::string& text) {
  LogWriter writer(log);
  Request request{1, asking.agent, to, text, asking.time, {}, {}};
  for (const Request& other : read_requests(log))
    request.number = std::max(request.number, other.number + 1);
  writer.add(line_for(asking, kAsked, request, to, text));
  return request;
}

std::optional<Request> answer(const fs::path& log, const Asking& answering, std::size_t number,
                              const std::string& text) {
  LogWriter writer(log);
  for (Request& request : read_requests(log)) {
    if (request.number != number || !request.open()) continue;
    request.answered_by = answering.agent;
    request.answer = text;
    writer.add(line_for(answering, kAnswered, request, request.from, text));
    return std::move(request);
  }
  return std::nullopt;
}

}  // namespace gs::state
