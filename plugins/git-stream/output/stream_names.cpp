#include "plugins/git-stream/output/stream_names.h"

#include <algorithm>

#include "lib/core/text.h"
#include "lib/session/identity.h"
#include "plugins/git-stream/output/handoff_text.h"

namespace gs::command {

using core::StreamStatus;

std::string stream_title(const core::StreamId& id, const std::string& name) {
  return name.empty() || name == id.str() ? id.str() : id.str() + ' ' + core::printable(name);
}

std::string status_text(StreamStatus status) {
  if (status == StreamStatus::waiting) return "not started";
  std::string text(core::status_name(status));
  std::ranges::replace(text, '_', ' ');
  return text;
}

Tone status_tone(StreamStatus status) {
  switch (status) {
    case StreamStatus::in_progress:
      return Tone::busy;
    case StreamStatus::completed:
      return Tone::good;
    case StreamStatus::merged:
      return Tone::faint;
    case StreamStatus::waiting:
      break;
  }
  return Tone::plain;
}

std::string listed(const std::vector<core::StreamId>& streams, std::size_t most) {
  const std::size_t shown = streams.size() > most + 1 ? most : streams.size();
  return core::listed(streams, std::mem_fn(&core::StreamId::str), shown);
}

std::vector<core::StreamId> named_streams(const core::Policy& policy,
                                          const std::vector<std::string>& words) {
  std::vector<core::StreamId> streams;
  for (const std::string& list : words) {
    for (const std::string& name : words_of_list(list))
      streams.push_back(session::known_stream(policy, name));
  }
  return streams;
}

void write_streams(core::JsonWriter& json, std::string_view name,
                   const std::vector<core::StreamId>& streams) {
  json.key(name).begin_array();
  for (const core::StreamId& stream : streams) json.value(stream.str());
  json.end_array();
}

}  // namespace gs::command
