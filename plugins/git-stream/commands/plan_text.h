#pragma once
// The plan for a screen.

#include <string>

#include "lib/streams/lifecycle/plan.h"
#include "plugins/git-stream/output/ink.h"

namespace gs::command {

std::string plan_text(const streams::Plan& plan, const Ink& ink);

}  // namespace gs::command
