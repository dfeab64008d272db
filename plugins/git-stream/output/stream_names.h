#pragma once
// Streams and their states in words.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/json.h"
#include "lib/core/policy.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

// "E Models"; only the id where the stream has no other name.
std::string stream_title(const core::StreamId& id, const std::string& name);
std::string status_text(core::StreamStatus status);  // "not started", "in progress"
Tone status_tone(core::StreamStatus status);
// "A, B, C and 4 more"
std::string listed(const std::vector<core::StreamId>& streams, std::size_t most = 3);

// "F,E" and "F E" alike. Throws core::Error (usage) for what is no stream of the policy.
std::vector<core::StreamId> named_streams(const core::Policy& policy,
                                          const std::vector<std::string>& words);

// "name": ["A", "B"]
void write_streams(core::JsonWriter& json, std::string_view name,
                   const std::vector<core::StreamId>& streams);

}  // namespace gs::command
