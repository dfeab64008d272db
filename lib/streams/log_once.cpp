#include "lib/streams/log_once.h"

#include <algorithm>

#include "lib/store/clock.h"

namespace gs::streams {

StreamLog::StreamLog(app::Session& session, core::StreamId stream)
    : session_(session), stream_(std::move(stream)) {
  store::LogFilter filter;
  filter.stream = stream_.str();
  for (store::LogLine& line : store::read_log(session.state().activity(), filter).lines)
    lines_.push_back(std::move(line.activity));
}

void StreamLog::add_once(const std::string& agent, const std::string& action,
                         std::vector<std::pair<std::string, std::string>> fields,
                         const std::vector<std::string_view>& same) {
  store::Activity line{store::now(), agent, stream_.str(), action, std::move(fields)};
  const bool there = std::any_of(lines_.begin(), lines_.end(), [&](const store::Activity& old) {
    return old.action == action && core::same_holder(old.agent, agent) &&
           std::all_of(same.begin(), same.end(), [&](std::string_view field) {
             return store::log_field(old, field) == store::log_field(line, field);
           });
  });
  if (there) return;
  const std::string by = session_.identity().name();
  if (!core::same_holder(by, agent)) line.fields.emplace_back("by", app::json_text(by));
  store::append(session_.state().activity(), line);
  lines_.push_back(std::move(line));
}

}  // namespace gs::streams
