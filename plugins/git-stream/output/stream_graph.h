#pragma once
// The plan and the merge order as graphs: an edge leads from what comes first to what waits for it.

#include <string>

#include "lib/conflicts/order.h"
#include "lib/report/graph.h"
#include "lib/streams/lifecycle/plan.h"

namespace gs::command {

// Phases as groups. What follows from other dependencies is not drawn; `after` between agents of
// different streams is dashed.
report::Graph plan_graph(const streams::Plan& plan);

// With the first reason on each edge; what was given up is red and dashed.
report::Graph order_graph(const conflicts::MergeOrder& order);

// --format dot or mermaid; nothing for text and json. Throws core::Error (usage) for others.
using Picture = std::string (*)(const report::Graph&);
Picture picture_named(const std::string& format);

}  // namespace gs::command
