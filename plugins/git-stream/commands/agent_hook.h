#pragma once
// The row of main.cpp's table that is no person's command.

#include "plugins/git-stream/command.h"

namespace gs::command {

Action declare_agent_hook(CommandLine& app);

}  // namespace gs::command
