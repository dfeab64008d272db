#pragma once
// A command line of the shell against the repository that it runs in.

#include <filesystem>
#include <string_view>

#include "lib/agents/tool_call_check.h"

namespace gs::agents {

// `folder`: where it runs.
Intent command_intent(session::Session& session, const std::filesystem::path& folder,
                      std::string_view line);

}  // namespace gs::agents
