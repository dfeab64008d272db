#pragma once
// git stream status --watch: the same on a whole terminal, redrawn when something changes.

#include <chrono>

#include "plugins/git-stream/command.h"

namespace gs::command {

// Until 'q', Ctrl-C or a signal ends it. `longest`: looks again at the latest after so long. Throws
// core::Error (usage) when stdout is no terminal.
core::ExitCode watch_status(Context& context, std::chrono::milliseconds longest);

}  // namespace gs::command
