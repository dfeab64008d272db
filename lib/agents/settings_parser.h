#pragma once
// The places of everything in a JSON text with comments; for settings_text.cpp alone.

#include <string_view>
#include <vector>

#include "lib/agents/settings_text.h"

namespace gs::agents {

// The nodes, the root last; empty when the text is no JSON value or nested deeper than 64.
std::vector<SettingsNode> parse_settings(std::string_view text);

}  // namespace gs::agents
