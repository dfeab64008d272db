#pragma once
// What a line of the shell is about to change, as far as it can be read: what cannot is left to the
// gates that come after.

#include <filesystem>
#include <string>
#include <string_view>

#include "lib/agents/tool_call_check.h"

namespace gs::agents {

Intent shell_intent(app::Session& session, const std::filesystem::path& folder,
                    std::string_view line);

}  // namespace gs::agents
