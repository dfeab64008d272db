#pragma once
// The merge order for a screen.

#include <string>

#include "lib/conflicts/order.h"
#include "plugins/git-stream/output/ink.h"

namespace gs::command {

std::string order_text(const conflicts::MergeOrder& order, const Ink& ink);

}  // namespace gs::command
