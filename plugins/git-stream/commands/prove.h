#pragma once
// git stream doctor --prove: the ways around, tried.

#include <string>

#include "plugins/git-stream/command.h"

namespace gs::command {

// Those whose name has `only` in it; all for an empty one.
core::ExitCode prove(const std::string& only, Context& context);

}  // namespace gs::command
