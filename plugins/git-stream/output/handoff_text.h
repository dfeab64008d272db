#pragma once
// Handoffs and requests as people and programs read them.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/json.h"
#include "lib/core/policy.h"
#include "lib/state/handoffs.h"
#include "lib/state/requests.h"

namespace gs::command {

// "handoff from agent-E1 to agent-E2, stream H", then its tasks, new interfaces, breaking changes
// and tests, a line each. `when` comes first where it is given. A stream stands for all its agents.
std::string handoff_text(const core::Policy& policy, const state::Handoff& handoff,
                         const std::string& when, std::string_view indent);

void write_handoff(core::JsonWriter& json, const state::Handoff& handoff);

// "request 3 from agent-F2 to agent-F1, 10:00: rename parse()", and who answered it, what.
std::string request_text(const state::Request& request, core::Instant now);
// "requests": [{"request", "from", "to", "timestamp", "text", "open", "answered_by", "answer"}]
void write_requests(core::JsonWriter& json, const std::vector<state::Request>& requests);

void write_texts(core::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts);

// "E,F" and "E, F" are two words; empty ones are left out.
std::vector<std::string> words_of_list(std::string_view text);

}  // namespace gs::command
